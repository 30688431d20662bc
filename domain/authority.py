"""Who may ask for what: the role matrix as rows (R-ROL-01, R-ROL-09, R-ROL-21)."""

from __future__ import annotations

from collections.abc import Mapping

from domain.context import Principal
from domain.refusal import Refusal

COMMAND = ("incident_commander", "on_call_lead")
RESPONDERS = (
    *COMMAND,
    "sre_lead",
    "sre_on_call",
    "sre_team",
    "technical_lead",
    "release_manager",
    "release_engineering",
    "security_compliance",
    "performance_engineer",
    "devops_team",
    "monitoring_team",
    "responder",
)
"""Who works on incidents, the most telling role first: a declaration names the first that is held."""

WITNESSES = ("product_owner", "support_lead", "project_manager", "dpo_legal", "ledger_admin")
"""Who may add what they saw without working on the incident."""

SERVICES = ("scheduler", "notifier", "ci")
"""Programs: they may record facts and open incidents, and decide nothing (R-ROL-09).

`signal_ingestor` is not among them: what it delivers goes through the intake, and that is all it may do.
"""

AUTHORITY: Mapping[str, tuple[str, ...]] = {
    "open": (*RESPONDERS, *WITNESSES, *SERVICES),
    "declare": RESPONDERS,
    "attach-alert": RESPONDERS,
    "add-timeline-entry": (*RESPONDERS, *WITNESSES, *SERVICES),
    "correct-timeline-entry": (*RESPONDERS, *WITNESSES, *SERVICES),
}
"""Action -> roles, any of which suffices."""

ADMINISTRATION: Mapping[str, tuple[str, ...]] = {
    "add-person": ("ledger_admin",),
    "change-person": ("ledger_admin",),
    "issue-token": ("ledger_admin",),
    "revoke-token": ("ledger_admin",),
    "grant-role": ("ledger_admin",),
    "revoke-role": ("ledger_admin",),
}
"""The same for what is done to the directory, not to an incident."""


def role_for(action: str, principal: Principal) -> str | Refusal:
    """Return the role by which ``principal`` may do ``action``, or why not."""
    allowed = AUTHORITY.get(action) or ADMINISTRATION[action]
    held = next((role for role in allowed if role in principal.roles), None)
    return held or Refusal(
        code="ROLE_MISSING",
        message=f"none of your roles allows {action}",
        place="authorization",
        expected="one of " + ", ".join(allowed),
        found=", ".join(principal.roles) or "no role",
    )
