"""Who sees an incident at all: for all others a restricted one is not there (R-VIS-01)."""

from __future__ import annotations

from domain.context import Principal
from domain.crew.crew import takes_part
from domain.incident_state import Incident

SEE_ALL = frozenset(
    {"incident_commander", "on_call_lead", "security_compliance", "dpo_legal", "ledger_admin", "auditor"}
)
"""Roles, held for the whole ledger, that show restricted incidents too."""


def sees(incident: Incident, principal: Principal) -> bool:
    """Return whether ``principal`` sees the incident: by role, by having opened it, or by taking part."""
    return (
        incident.intake.visibility == "open"
        or not SEE_ALL.isdisjoint(principal.roles)
        or incident.intake.opened_by == principal.id
        or takes_part(incident.crew, principal.id)
    )
