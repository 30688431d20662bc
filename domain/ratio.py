"""Ratios of whole numbers, compared without dividing (requirements, conventions; R-GATE-50 to 57)."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from domain.classified import Count


class Ratio(Struct, frozen=True):
    """``num`` of ``den``; a plain number n is n of 1. Nothing of nothing (``den`` 0) reaches no threshold."""

    num: Count
    den: Count = 1


ONE = Ratio(1)
ZERO = Ratio(0)


def at_least(actual: Ratio, threshold: Ratio) -> bool:
    """Return whether ``actual`` reaches ``threshold``, by integer cross-multiplication."""
    return actual.den > 0 and actual.num * threshold.den >= threshold.num * actual.den


def at_most(actual: Ratio, threshold: Ratio) -> bool:
    """Return whether ``actual`` stays within ``threshold``, by integer cross-multiplication."""
    return actual.den > 0 and actual.num * threshold.den <= threshold.num * actual.den


def of_decimal(value: Decimal) -> Ratio:
    """Return a threshold of a policy, exactly; "95%" of a file is 0.95 by then (R-DEC-22)."""
    num, den = value.as_integer_ratio()
    return Ratio(num, den)


def of_truth(value: bool) -> Ratio:
    """Return 1 for true and 0 for false."""
    return ONE if value else ZERO
