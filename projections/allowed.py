"""What a principal may ask for now: the same tables that decide about every request (R-ROL-01, R-WF-02)."""

from __future__ import annotations

from msgspec import Struct

from domain.actions import TABLE
from domain.authority import role_for
from domain.context import Principal
from domain.incident_state import Incident
from domain.refusal import Refusal


class Allowed(Struct, frozen=True, kw_only=True):
    """An action, and the role by which it may be asked for."""

    action: str
    role: str


def allowed(incident: Incident, principal: Principal) -> tuple[Allowed, ...]:
    """Return the actions whose place is now and for which one of the principal's roles suffices."""
    asked = {
        action: role_for(action, incident.crew, principal)
        for action, row in TABLE.items()
        if incident.state in row.states
    }
    return tuple(
        Allowed(action=action, role=role) for action, role in asked.items() if not isinstance(role, Refusal)
    )
