"""A criterion is a row: what is measured, against which threshold, and how much it matters (R-GATE-51)."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from domain.gates.facts import Gate, Level, Operator, Unit
from domain.incident_state import Incident
from domain.policy import Policy
from domain.ratio import ONE, Ratio, at_least, at_most


class Case(Struct, frozen=True, kw_only=True):
    """What a gate judges: the facts so far, the policy pinned, and the recorded time of the verdict."""

    incident: Incident
    policy: Policy
    at: str


Measure = Callable[[Case], Ratio | None]
"""What is measured; None while there is nothing to measure, which fails."""


def _always(_case: Case) -> bool:
    return True


def _one(_case: Case) -> Ratio:
    return ONE


class Criterion(Struct, frozen=True, kw_only=True):
    """One row of a gate.

    ``applies`` says whether there is anything to judge: where not, the criterion is shown and fails nothing.
    ``softens`` marks thresholds that the relaxed mode turns into warnings; ``tightened_by`` names the
    option that may tighten it by hand (R-GATE-53); ``waivable`` whether a waiver may cover it without
    being co-signed; ``remedy`` and ``owner`` say what helps and whose it is (R-GATE-54).
    """

    id: str
    gate: Gate
    unit: Unit
    measure: Measure
    remedy: str
    owner: str
    op: Operator = ">="
    level: Level = "gate"
    threshold: Callable[[Case], Ratio] = _one
    applies: Callable[[Case], bool] = _always
    softens: bool = False
    tightened_by: str | None = None
    cosigned_by: str | None = None


def holds(op: Operator, actual: Ratio, threshold: Ratio) -> bool:
    """Return whether ``actual`` meets the threshold."""
    match op:
        case ">=":
            return at_least(actual, threshold)
        case "<=":
            return at_most(actual, threshold)
        case "=":
            return at_least(actual, threshold) and at_most(actual, threshold)
