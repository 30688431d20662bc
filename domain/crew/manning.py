"""Joining, leaving, and roles for one incident (R-ROL-06, R-DIR-01, R-VIS-01)."""

from __future__ import annotations

from domain.authority import RESPONDERS
from domain.context import Context
from domain.crew.commands import CoverRole, GrantRole, JoinIncident, LeaveIncident, RevokeRole
from domain.crew.crew import COMMANDER, commands, held_here, roles_of
from domain.crew.facts import ResponderJoined, ResponderLeft, RoleCovered
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.prose import optional_prose, prose
from domain.refusal import Refusal
from domain.role_facts import RoleGranted, RoleRevoked
from domain.role_names import ROLES

NOT_BY_GRANT = (COMMANDER, "ledger_admin", "signal_ingestor", "scheduler", "notifier", "ci")
"""What no grant for one incident can give: command is offered and taken, the rest is for the whole ledger."""


def join(state: Incident, command: JoinIncident, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return the joining, in the most telling role held; a role that does not respond has no vote."""
    roles = roles_of(state.crew, context.principal)
    role = next((role for role in RESPONDERS if role in roles), roles[0])
    who = context.principal.id
    voting = command.voting and role in RESPONDERS
    if state.crew.responders.get(who) == role and (who in state.crew.voting) == voting:
        return Refusal(code="ALREADY_JOINED", message="you work on this incident already", found=role)
    return (ResponderJoined(principal=who, role=role, voting=voting),)


def leave(state: Incident, command: LeaveIncident, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return the leaving; the commander hands the command over first."""
    who = command.principal or context.principal.id
    if who not in state.crew.responders:
        return Refusal(
            code="NOT_JOINED", message="does not work on this incident", place="principal", found=who
        )
    if commands(state.crew, who):
        return Refusal(
            code="COMMANDER_STAYS",
            message="the commander leaves once somebody else commands",
            expected="an offer that somebody takes",
            found=who,
        )
    return (ResponderLeft(principal=who, rationale=optional_prose(command.rationale)),)


def grant_role(state: Incident, command: GrantRole, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return the grant for this incident; who granted it, and when, shows wherever the role counts."""
    if command.role not in ROLES or command.role in NOT_BY_GRANT:
        return Refusal(
            code="ROLE_NOT_GRANTABLE",
            message="this role cannot be granted for one incident",
            place="role",
            expected="one of " + ", ".join(role for role in ROLES if role not in NOT_BY_GRANT),
            found=command.role,
        )
    if held_here(state.crew, command.principal, command.role):
        return Refusal(code="ROLE_HELD", message="holds the role here already", found=command.principal)
    unknown = unknown_person(command.principal, "principal", state, context)
    return unknown or (
        RoleGranted(principal=command.principal, role=command.role, rationale=prose(command.rationale)),
    )


def revoke_role(
    state: Incident, command: RevokeRole, _context: Context
) -> tuple[IncidentFact, ...] | Refusal:
    """Return the end of a role that was granted for this incident."""
    if not held_here(state.crew, command.principal, command.role):
        return Refusal(
            code="ROLE_NOT_HELD",
            message="no grant for this incident gives the role",
            place="role",
            found=command.role,
        )
    return (RoleRevoked(principal=command.principal, role=command.role, rationale=prose(command.rationale)),)


def cover_role(state: Incident, command: CoverRole, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return who is told instead of a role; approvals are not covered, they need a grant."""
    return unknown_person(command.by, "by", state, context) or (
        RoleCovered(role=command.role, by=command.by, rationale=prose(command.rationale)),
    )


def unknown_person(principal: str, place: str, state: Incident, context: Context) -> Refusal | None:
    """Return a refusal unless the principal is in the directory, works here already, or asks themselves."""
    known = {context.principal.id, *state.crew.responders, *context.roster.known}
    if principal in known:
        return None
    return Refusal(
        code="PERSON_UNKNOWN",
        message="the directory has no such person",
        place=place,
        expected="the id of somebody in the directory",
        found=principal,
    )
