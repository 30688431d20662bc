"""What follows once gate 3 let a recovery through: those concerned are to be told (R-WF-34, R-TRN-12)."""

from __future__ import annotations

from domain.context import Context
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.notices.audience import required_roles
from domain.notices.notifying import is_asked, requests
from domain.policies import policy_of
from domain.resolution.restored import end_began
from domain.severity.assessment import shown


def last_notices(state: Incident, context: Context) -> tuple[IncidentFact, ...]:
    """Once gate 3 is open, everybody whom the matrix names is to be told that it comes to its end."""
    severity = shown(state.severity)
    if state.state != "confirming_resolution" or severity is None:
        return ()
    roles = required_roles(policy_of(context), severity)
    notices = state.notices.requested.values()
    asked = [n for n in notices if n.fact.purpose == "resolution" and n.version > end_began(state)]
    unasked = tuple(role for role in roles if not is_asked(state, context, role, asked))
    return requests(state, context, "resolution", unasked)
