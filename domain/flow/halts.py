"""The halt conditions of the steps, as they hold now (R-STEP-11 to 23, R-WF-02)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from domain.flow.transitions import PLACES
from domain.gates.criterion import Case
from domain.planning.checklist import coverage, items


def _unverified(case: Case) -> bool:
    """Return whether the checklist is not verified now and nobody asked to go on without (R-TRN-07)."""
    planning, standing = case.incident.planning, case.incident.standing
    assessed = planning.assessed is not None and planning.assessed.status == "verified"
    covered = coverage(items(case.incident, case.policy, case.at))
    return standing.ready == 0 or (assessed and covered.num < covered.den)


CONDITIONS: Mapping[str, Callable[[Case], bool]] = {
    "ALERT_VALIDITY_UNCONFIRMED": lambda case: case.incident.intake.verdict is None,
    "SEVERITY_NO_CONSENSUS": lambda case: case.incident.severity.agreed is None,
    "MITIGATION_UNCLEAR": lambda case: case.incident.standing.planned == 0,
    "ROLLBACK_PREREQ_UNMET": _unverified,
}
"""Halt code -> whether its condition holds. A halt for another reason is over when the commander says so."""

AT_STEP: Mapping[str, str] = {
    "1.1": "ALERT_VALIDITY_UNCONFIRMED",
    "1.2": "SEVERITY_NO_CONSENSUS",
    "2.1": "MITIGATION_UNCLEAR",
    "2.2": "ROLLBACK_PREREQ_UNMET",
}
"""Step -> the condition that halts it; a step is halted by no other, for nothing could ever end that."""


def still_holds(case: Case, halt_code: str) -> bool:
    """Return whether the condition behind a halt code holds."""
    condition = CONDITIONS.get(halt_code)
    at = next((step for step, code in AT_STEP.items() if code == halt_code), "")
    # Sent back before the step that it halts, an incident comes to that condition again by itself.
    reached = PLACES[case.incident.state].step >= at
    return condition is not None and reached and condition(case)
