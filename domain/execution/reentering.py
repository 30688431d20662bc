"""Back to planning when it did not work, or came back (R-TRN-16, R-TRN-17, R-TRN-19)."""

from __future__ import annotations

from domain.context import Context
from domain.execution.commands import ReenterPlanning
from domain.execution.facts import Cause, MitigationPlanningReentered
from domain.flow.transitions import IN_RECOVERY
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.prose import prose
from domain.refusal import Refusal


def reenter(
    state: Incident, command: ReenterPlanning, _context: Context
) -> tuple[IncidentFact, ...] | Refusal:
    """Return the step back; what was approved of this revision moves nothing any more."""
    cause = failing(state)
    if cause is None:
        return Refusal(
            code="NOTHING_FAILED",
            message="nothing says yet that it did not work: record the command or the checks that failed",
            expected="a halted execution, a recovery that is no success, or gate 3 that failed",
            found=state.state,
        )
    attempt = state.execution.attempt
    number = 0 if attempt is None else attempt.number
    return (
        MitigationPlanningReentered(from_attempt=number, cause=cause, rationale=prose(command.rationale)),
    )


def failing(state: Incident) -> Cause | None:
    """Return why another try may be made: of what was done last, what did not work."""
    if state.state == "confirming_resolution":
        return "recurrence"
    if state.state == "executing":
        return "execution_halted" if state.standing.halted is not None else None
    if state.state not in IN_RECOVERY:
        return None
    validated, verdict = state.recovery.validated, state.gates.authoritative.get("recovery_validation")
    began = state.standing.began
    if validated is not None and validated.version > began and validated.fact.status != "success":
        return "recovery_failed"
    failed = verdict is not None and verdict.version > began and verdict.fact.result == "FAIL"
    return "gate_failed" if failed else None
