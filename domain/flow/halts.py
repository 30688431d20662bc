"""The halt conditions of the steps, as they hold now (R-STEP-11 to 43, R-WF-02)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from domain.flow.steps import STEPS
from domain.flow.transitions import PLACES
from domain.gates.board import light
from domain.gates.criterion import Case
from domain.planning.checklist import coverage, items
from domain.resolution.restored import lacking
from domain.rootcause.pieces import lost


def _unverified(case: Case) -> bool:
    """Return whether the checklist is not verified now and nobody asked to go on without (R-TRN-07)."""
    planning, standing = case.incident.planning, case.incident.standing
    assessed = planning.assessed is not None and planning.assessed.status == "verified"
    covered = coverage(items(case.incident, case.policy, case.at))
    return standing.ready == 0 or (assessed and covered.num < covered.den)


def _failed(case: Case) -> bool:
    """Return whether the last try of a command of this attempt failed."""
    return any(ran.fact.outcome == "failed" for ran in case.incident.execution.ran.values())


def _not_recovered(case: Case) -> bool:
    """Return whether the latest validation of this attempt is no success, and nobody waived that."""
    validated = case.incident.recovery.validated
    waived = light(case.incident, "recovery_validation", case.at).state == "WAIVED"
    return validated is not None and validated.fact.status != "success" and not waived


CONDITIONS: Mapping[str, Callable[[Case], bool]] = {
    "ALERT_VALIDITY_UNCONFIRMED": lambda case: case.incident.intake.verdict is None,
    "SEVERITY_NO_CONSENSUS": lambda case: case.incident.severity.agreed is None,
    "MITIGATION_UNCLEAR": lambda case: case.incident.standing.planned == 0,
    "ROLLBACK_PREREQ_UNMET": _unverified,
    "EXECUTION_FAILED": _failed,
    # Whether an unexpected result is good enough, the commander says by going on.
    "EXECUTION_UNEXPECTED": lambda _: False,
    "RECOVERY_VALIDATION_FAILED": _not_recovered,
    "NOT_STABLE_OR_COMMS_UNSENT": lambda case: bool(lacking(case)),
    "CRITICAL_EVIDENCE_MISSING": lambda case: bool(lost(case.incident.rootcause)),
}
"""Halt code -> whether its condition holds. A halt for another reason is over when the commander says so."""


def still_holds(case: Case, halt_code: str) -> bool:
    """Return whether the condition behind a halt code holds."""
    condition = CONDITIONS.get(halt_code)
    at = next((number for number, step in STEPS.items() if halt_code in step.halt_codes), "")
    # Sent back before the step that it halts, an incident comes to that condition again by itself.
    reached = PLACES[case.incident.state].step >= at
    return condition is not None and reached and condition(case)
