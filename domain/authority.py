"""Who may ask for what: the role matrix as rows (R-ROL-01, R-ROL-09, R-ROL-20 to 33)."""

from __future__ import annotations

from collections.abc import Mapping

from domain.context import Principal
from domain.crew.crew import COMMANDER, ON_CALL_LEAD, Crew, roles_of
from domain.refusal import Refusal

COMMAND = (COMMANDER, "on_call_lead")
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

WITNESSES = ("product_owner", "support_lead", "project_manager", "dpo_legal", "ledger_admin", "executive")
"""Who may add what they saw, and hear and decide what is theirs, without working on the incident."""

PEOPLE = (*RESPONDERS, *WITNESSES)

SERVICES = ("scheduler", "notifier", "ci")
"""Programs: they may record facts and open incidents, and decide nothing (R-ROL-09).

`signal_ingestor` is not among them: what it delivers goes through the intake, and that is all it may do.
"""

ANYBODY = (*PEOPLE, *SERVICES)
OWNER = (COMMANDER,)
EXECUTORS = (COMMANDER, "sre_team", "release_engineering")

AUTHORITY: Mapping[str, tuple[str, ...]] = {
    "open": ANYBODY,
    "declare": RESPONDERS,
    "dismiss": OWNER,
    "attach-alert": RESPONDERS,
    "mitigation-not-required": OWNER,
    "merge": OWNER,
    "link": RESPONDERS,
    "tighten-profile": OWNER,
    "add-timeline-entry": ANYBODY,
    "correct-timeline-entry": ANYBODY,
    "join": PEOPLE,
    "leave": PEOPLE,
    "offer-command": OWNER,
    "take-command": RESPONDERS,
    "grant-role": (COMMANDER, "ledger_admin"),
    "revoke-role": (COMMANDER, "ledger_admin"),
    "cover-role": OWNER,
    "propose-severity": RESPONDERS,
    "vote-severity": RESPONDERS,
    "reassess-severity": RESPONDERS,
    "confirm-scope": OWNER,
    "attest-notice": PEOPLE,
    "request-notice": RESPONDERS,
    "acknowledge": PEOPLE,
    "propose-plan": RESPONDERS,
    "select-option": OWNER,
    "verify-item": PEOPLE,
    "approve": PEOPLE,
    "reject": PEOPLE,
    "evaluate-prerequisites": (*PEOPLE, "ci"),
    "override-prerequisites": OWNER,
    "evaluate-gate": (*PEOPLE, "ci"),
    "request-waiver": RESPONDERS,
    "decide-waiver": PEOPLE,
    "start-execution": EXECUTORS,
    "record-command": (*RESPONDERS, "ci"),
    "re-enter-planning": OWNER,
    "record-checks": (*PEOPLE, "ci"),
    "record-out-of-band": ANYBODY,
    "verify-restoration": PEOPLE,
    "confirm-resolution": OWNER,
    "action-item": PEOPLE,
    "capture-evidence": (*PEOPLE, "ci"),
    "record-finding": PEOPLE,
    "archive-evidence": OWNER,
    "write-report": RESPONDERS,
    "seal": RESPONDERS,
    "review": PEOPLE,
    "close": OWNER,
    "reopen": OWNER,
    "mark-step": RESPONDERS,
    "escalate": RESPONDERS,
}
"""Action -> roles, any of which suffices. Approvals and waivers also need one of the roles asked for."""

PROGRAMS_TOO = frozenset(action for action, roles in AUTHORITY.items() if not {*SERVICES}.isdisjoint(roles))
"""What a program may ask for; everything else is for people alone (R-ROL-09)."""

ADMINISTRATION: Mapping[str, tuple[str, ...]] = {
    "add-person": ("ledger_admin",),
    "change-person": ("ledger_admin",),
    "issue-token": ("ledger_admin",),
    "revoke-token": ("ledger_admin",),
    "grant-role": ("ledger_admin",),
    "revoke-role": ("ledger_admin",),
}
"""The same for what is done to the directory, not to an incident."""


def role_for(action: str, crew: Crew, principal: Principal) -> str | Refusal:
    """Return the role by which ``principal`` may do ``action`` in this incident, or why not."""
    if principal.type in ("service_account", "system") and action not in PROGRAMS_TOO:
        return Refusal(
            code="PROGRAM_DECIDES_NOTHING",
            message=f"{action} is for people; a program decides nothing",
            place="authorization",
            expected="a person",
            found=principal.type,
        )
    allowed = AUTHORITY[action]
    if crew.commander is None and COMMANDER in allowed:
        # While nobody commands, an on-call lead may do what the commander may.
        allowed = tuple(dict.fromkeys((*allowed, ON_CALL_LEAD)))
    return _first(action, allowed, roles_of(crew, principal))


def may_record(crew: Crew, principal: Principal) -> str | Refusal:
    """Return the role by which ``principal`` may add to this incident's records at all, or why not."""
    return _first("adding files", ANYBODY, roles_of(crew, principal))


def administers(action: str, principal: Principal) -> str | Refusal:
    """Return the role by which ``principal`` may do ``action`` to the directory, or why not."""
    return _first(action, ADMINISTRATION[action], principal.roles)


def _first(action: str, allowed: tuple[str, ...], roles: tuple[str, ...]) -> str | Refusal:
    held = next((role for role in allowed if role in roles), None)
    return held or Refusal(
        code="ROLE_MISSING",
        message=f"none of your roles allows {action}",
        place="authorization",
        expected="one of " + ", ".join(allowed),
        found=", ".join(roles) or "no role",
    )
