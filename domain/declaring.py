"""The declaration: the alerts are real and the incident is worked on (R-TRN-03)."""

from __future__ import annotations

from domain.authority import role_for
from domain.commands import DeclareIncident
from domain.context import Context
from domain.incident_facts import AlertValidityConfirmed, IncidentDeclared, IncidentFact
from domain.incident_state import Incident
from domain.prose import prose
from domain.refusal import Refusal


def declare(
    state: Incident, command: DeclareIncident, context: Context
) -> tuple[IncidentFact, ...] | Refusal:
    """Return the verdict *real* with the declaration that implies it; one declaration an incident."""
    role = role_for("declare", context.principal)
    if isinstance(role, Refusal):
        return role
    if state.state != "detecting":
        return _refusal(state)
    return (
        AlertValidityConfirmed(verdict="real", rationale=prose(command.rationale)),
        IncidentDeclared(authority_role=role, rationale=prose(command.rationale)),
    )


def _refusal(state: Incident) -> Refusal:
    if state.state == "none":
        return Refusal(
            code="NOT_OPEN", message="no incident is open here", expected="detecting", found="none"
        )
    return Refusal(
        code="ALREADY_DECLARED",
        message="the incident is declared already",
        expected="detecting",
        found=state.state,
    )
