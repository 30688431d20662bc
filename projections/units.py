"""Numbers of gates in people's units: ``4 min 59 s``, ``2 of 2``, ``95 %``, ``yes``."""

from __future__ import annotations

from decimal import Decimal

from domain.gates.facts import Operator, Unit
from domain.ratio import Ratio

_SPANS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"))
_OPERATORS = {">=": "at least ", "<=": "at most ", "=": ""}


def expected(op: Operator, unit: Unit, threshold: Ratio) -> str:
    """Return what a criterion asks for."""
    words = share(threshold) if unit == "ratio" else measured(unit, threshold)
    return _OPERATORS[op] + words


def measured(unit: Unit, actual: Ratio | None) -> str:
    """Return what was measured; *nothing yet* where there is nothing to measure."""
    if actual is None:
        return "nothing yet"
    match unit:
        case "ms":
            return duration(actual.num)
        case "ratio":
            return f"{actual.num} of {actual.den}"
        case "truth":
            return "yes" if actual.num else "no"
        case "count":
            return str(actual.num)


def duration(ms: int) -> str:
    """Return a span of time, exactly: what is late by a millisecond does not look punctual."""
    parts = []
    for size, name in _SPANS:
        count, ms = divmod(ms, size)
        parts += [f"{count} {name}"] if count else []
    seconds = f"{Decimal(ms) / 1000:f}"
    return " ".join([*parts, f"{seconds} s"] if ms or not parts else parts)


def share(value: Ratio) -> str:
    """Return a share in per cent; nothing of nothing is none."""
    if value.den == 0:
        return "none"
    return f"{(Decimal(100 * value.num) / value.den).normalize():f} %"
