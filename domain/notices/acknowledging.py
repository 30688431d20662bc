"""Who can say that a notice reached them, or take up an escalation (R-EVT-14, R-TRN-22)."""

from __future__ import annotations

from domain.context import Principal
from domain.crew.crew import ON_CALL_LEAD, commands, roles_of
from domain.flow.escalations import Escalation
from domain.incident_state import Incident
from domain.notices.notices import Notice


def was_told(incident: Incident, who: Principal, notice: Notice) -> bool:
    """Return whether ``who`` is the recipient; where it had none, a holder of its roles or the commander."""
    if notice.fact.recipient is not None:
        return notice.fact.recipient == who.id
    return commands(incident.crew, who.id) or any(_holds(incident, who, role) for role in notice.fact.roles)


def takes_up(incident: Incident, who: Principal, escalation: Escalation) -> bool:
    """Return whether ``who`` was called; or leads or commands, and did not raise it themselves."""
    if _holds(incident, who, escalation.fact.to_role):
        return True
    leads = _holds(incident, who, ON_CALL_LEAD) or commands(incident.crew, who.id)
    return leads and escalation.raised_by != who.id


def _holds(incident: Incident, who: Principal, role: str) -> bool:
    return role in roles_of(incident.crew, who) or incident.crew.covers.get(role) == who.id
