"""Real or not: the declaration, and ends without mitigation (R-TRN-02, R-TRN-03, R-TRN-23, R-TRN-24)."""

from __future__ import annotations

from domain.authority import role_for
from domain.context import Context
from domain.crew.facts import CommanderAssigned
from domain.execution.execution import Attempt
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.intake.commands import DeclareIncident, DismissIncident, MitigationIsNotRequired, TuningProposal
from domain.intake.facts import (
    AlertValidityConfirmed,
    IncidentDeclared,
    IncidentDismissed,
    MitigationNotRequired,
    Tuning,
)
from domain.prose import prose
from domain.refusal import Refusal
from domain.text import code


def declare(
    state: Incident, command: DeclareIncident, context: Context
) -> tuple[IncidentFact, ...] | Refusal:
    """Return the verdict *real*, the declaration that implies it, and the declarer in command (R-WF-34)."""
    if state.state != "detecting":
        return Refusal(
            code="ALREADY_DECLARED",
            message="the incident is declared already",
            expected="detecting",
            found=state.state,
        )
    role = role_for("declare", state.crew, context.principal)
    if isinstance(role, Refusal):
        return role
    return (
        AlertValidityConfirmed(verdict="real", rationale=prose(command.rationale)),
        IncidentDeclared(authority_role=role, rationale=prose(command.rationale)),
        CommanderAssigned(principal=context.principal.id, how="declared"),
    )


def dismiss(
    state: Incident, command: DismissIncident, _context: Context
) -> tuple[IncidentFact, ...] | Refusal:
    """Return the end of an incident that was none; before its declaration with the verdict on its alerts."""
    if (attempt := _begun(state)) is not None:
        return _runs(attempt)
    tuning = None if command.tuning is None else _tuning(command.tuning)
    if state.state != "detecting":
        return (
            IncidentDismissed(cause="declared_in_error", rationale=prose(command.rationale), tuning=tuning),
        )
    return (
        AlertValidityConfirmed(verdict="false_positive", rationale=prose(command.rationale)),
        IncidentDismissed(
            cause="false_positive",
            rationale=prose(command.rationale),
            tuning=tuning,
        ),
    )


def go_without_mitigation(
    state: Incident, command: MitigationIsNotRequired, _context: Context
) -> tuple[IncidentFact, ...] | Refusal:
    """Return that nothing is to be executed; gate 1 is still owed, and recovery still to be shown."""
    if (attempt := _begun(state)) is not None:
        return _runs(attempt)
    if state.standing.halted is not None:
        return Refusal(
            code="HALTED",
            message="a halted step is resumed first",
            expected="a step that goes on",
            found=state.standing.halted,
        )
    return (MitigationNotRequired(kind=command.kind, rationale=prose(command.rationale)),)


def _begun(state: Incident) -> Attempt | None:
    """Return what was executed since the incident was opened, or reopened last."""
    attempt = state.execution.attempt
    return None if attempt is None or attempt.version < state.resolution.reopened else attempt


def _runs(attempt: Attempt) -> Refusal:
    """Return the refusal of an end that there is only before anything is executed (R-TRN-23, R-TRN-24)."""
    return Refusal(
        code="NOT_NOW",
        message="a mitigation was begun; a new round of severity does not undo that",
        expected="an incident in which nothing was executed",
        found=f"attempt {attempt.number}",
    )


def _tuning(told: TuningProposal) -> Tuning:
    return Tuning(alert_rule=code(told.alert_rule), problem=told.problem, proposal=prose(told.proposal))
