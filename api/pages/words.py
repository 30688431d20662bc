"""The words of the pages, in one place: what actions are called, and facts that are not recorded yet."""

from __future__ import annotations

from collections.abc import Mapping

from domain.facts import Fact
from domain.prose import Prose
from domain.sentence import Foreign
from domain.sentences import sentence

TITLES: Mapping[str, str] = {
    "add-timeline-entry": "Add to the timeline",
    "approve": "Approve the plan",
    "attest-notice": "Say that people were told",
    "close": "Close the incident",
    "confirm-resolution": "Confirm that it is over",
    "decide-waiver": "Decide on a waiver",
    "declare": "Declare the incident",
    "dismiss": "Dismiss: it was none",
    "escalate": "Call for help",
    "evaluate-gate": "Evaluate a gate",
    "join": "Join the incident",
    "leave": "Leave the incident",
    "mark-step": "Halt, resume or skip a step",
    "open": "Open an incident",
    "reject": "Reject the plan",
    "vote-severity": "Vote on the severity",
}
"""What an action is called on a button, where its name does not say it well enough."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "Begin and end": (
        "declare",
        "dismiss",
        "attach-alert",
        "mitigation-not-required",
        "merge",
        "link",
        "tighten-profile",
        "close",
        "reopen",
    ),
    "People": (
        "join",
        "leave",
        "offer-command",
        "take-command",
        "grant-role",
        "revoke-role",
        "cover-role",
        "escalate",
    ),
    "Severity and notices": (
        "propose-severity",
        "vote-severity",
        "reassess-severity",
        "confirm-scope",
        "attest-notice",
        "request-notice",
        "acknowledge",
    ),
    "Plan and approval": (
        "propose-plan",
        "select-option",
        "verify-item",
        "approve",
        "reject",
        "evaluate-prerequisites",
        "override-prerequisites",
        "re-enter-planning",
    ),
    "Gates": ("evaluate-gate", "request-waiver", "decide-waiver"),
    "Execution and recovery": (
        "start-execution",
        "record-command",
        "record-out-of-band",
        "record-checks",
        "verify-restoration",
        "confirm-resolution",
    ),
    "Causes and report": (
        "action-item",
        "capture-evidence",
        "record-finding",
        "archive-evidence",
        "write-report",
        "review",
        "seal",
    ),
    "Timeline and steps": ("add-timeline-entry", "correct-timeline-entry", "mark-step"),
}
"""Every action on an incident, in the order in which people look for them; a test holds it total."""


def title_of(action: str) -> str:
    """Return what an action is called."""
    return TITLES.get(action, action.replace("-", " ").capitalize())


def clear(fact: Fact, who: str) -> str:
    """Return what a fact that is not recorded yet says, its texts in clear as they were written."""
    return "".join(_part(part) for part in sentence(fact, who))


def _part(part: str | Foreign | Prose) -> str:
    if isinstance(part, Foreign):
        return part.text
    if isinstance(part, Prose):
        return str(part.clear) if isinstance(part.clear, str | int) else "…"
    return part
