"""Who has to be told, and who is told for each role (R-DEC-34, R-DIR-01, R-DRILL-01)."""

from __future__ import annotations

from collections.abc import Mapping

from domain.classified import Severity
from domain.crew.crew import COMMANDER, takes_part
from domain.incident_state import Incident
from domain.notices.facts import Channel
from domain.policy import Notices as Matrix
from domain.policy import Policy
from domain.roster import Roster

DELIVERABLE: tuple[Channel, ...] = ("webhook",)
"""The channels by which we deliver to the outside, the preferred first; else the local file has it."""


def matrix(policy: Policy, severity: Severity) -> Matrix:
    """Return the row of the notice matrix for a severity."""
    return policy.notification.matrix.of(severity)


def required_roles(policy: Policy, severity: Severity) -> tuple[str, ...]:
    """Return ``S``: the roles that must be told at the beginning (R-GATE-12)."""
    return matrix(policy, severity).roles


def recipients(incident: Incident, roster: Roster, role: str) -> tuple[str, ...]:
    """Return who is told for a role: its cover, the commander, its holders; in a drill who takes part."""
    if role in incident.crew.covers:
        return (incident.crew.covers[role],)
    if role == COMMANDER and incident.crew.commander is not None:
        return (incident.crew.commander.principal,)
    here = tuple(who for who, held in incident.crew.grants.items() if role in held)
    found = tuple(dict.fromkeys((*here, *roster.holders.get(role, ()))))
    if incident.intake.drill:
        return tuple(who for who in found if takes_part(incident.crew, who))
    return found


def unheld(incident: Incident, roster: Roster, policy: Policy, severity: Severity) -> tuple[str, ...]:
    """Return the roles that must be told and that nobody reachable holds: *no one holds product_owner*."""
    roles = required_roles(policy, severity)
    return tuple(role for role in roles if not recipients(incident, roster, role))


def by_recipient(
    incident: Incident, roster: Roster, roles: tuple[str, ...]
) -> Mapping[str | None, tuple[str, ...]]:
    """Return recipient -> the roles in which they are told; None for roles that nobody holds."""
    told: dict[str | None, tuple[str, ...]] = {}
    for role in roles:
        for who in recipients(incident, roster, role) or (None,):
            told[who] = (*told.get(who, ()), role)
    return told


def channel_of(roster: Roster, recipient: str | None) -> Channel:
    """Return the channel by which a recipient is told."""
    usable = () if recipient is None else roster.channels.get(recipient, ())
    return next((channel for channel in DELIVERABLE if channel in usable), "file")
