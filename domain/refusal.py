"""A request that the rules refuse: a value, not an exception. Most leave no trace; some are on record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct

Kind = Literal["state", "authority", "absent", "value"]
"""Why, in the caller's terms: not now (409), not you (403), no such thing (404), not this (422)."""

REFUSALS: Mapping[str, Kind] = {
    "ROLE_MISSING": "authority",
    "PROGRAM_DECIDES_NOTHING": "authority",
    "COMMANDER_ONLY": "authority",
    "NOT_OFFERED": "authority",
    "NOT_TOLD": "authority",
    "ROLE_NOT_ASKED": "value",
    "NOT_OPEN": "absent",
    "ALERT_UNKNOWN": "absent",
    "ENTRY_UNKNOWN": "absent",
    "PERSON_UNKNOWN": "absent",
    "NOTICE_UNKNOWN": "absent",
    "TEMPLATE_UNKNOWN": "absent",
    "OPTION_UNKNOWN": "absent",
    "ITEM_UNKNOWN": "absent",
    "WAIVER_UNKNOWN": "absent",
    "OTHER_UNKNOWN": "absent",
    "BLOB_UNKNOWN": "value",
    "BLOB_EXPIRED": "state",
    "ALREADY_ACKNOWLEDGED": "state",
    "ALREADY_OPEN": "state",
    "ALREADY_DECLARED": "state",
    "ALREADY_ATTACHED": "state",
    "ALREADY_JOINED": "state",
    "ALREADY_COMMANDS": "state",
    "NOT_NOW": "state",
    "NOT_JOINED": "state",
    "COMMANDER_STAYS": "state",
    "ROLE_HELD": "state",
    "ROLE_NOT_HELD": "state",
    "OTHER_ENDED": "state",
    "OTHER_UNFIT": "state",
    "PROFILE_NOT_ALLOWED": "state",
    "PROFILE_LOOSER": "state",
    "SEVERITY_OPEN": "state",
    "NO_PLAN": "state",
    "NOTHING_SELECTED": "state",
    "PLAN_REVISED": "state",
    "APPROVAL_NOT_DISTINCT": "state",
    "NO_GAPS": "state",
    "GATE_NOT_DUE": "state",
    "GATE_NOT_PASSED": "state",
    "WAIVER_NOT_PERMITTED": "state",
    "WAIVER_SETTLED": "state",
    "NOTHING_TO_WAIVE": "state",
    "CRITERION_NOT_FAILING": "state",
    "SAFETY_PRECONDITION_UNMET": "state",
    "NO_RERUN": "state",
    "NOTHING_RUNS": "state",
    "NOTHING_FAILED": "state",
    "NOT_EXECUTED": "state",
    "COMMAND_NOT_APPROVED": "state",
    "COMMAND_DONE": "state",
    "OUTCOME_MISSING": "value",
    "OUTCOME_CONTRADICTED": "value",
    "TIMES_REVERSED": "value",
    "DURATION_CONTRADICTED": "value",
    "DURATION_TOO_LONG": "value",
    "CHECK_TWICE": "value",
    "CHECKS_MISSING": "value",
    "HALTED": "state",
    "NOT_HALTED": "state",
    "HALT_STILL_HOLDS": "state",
    "HALT_ELSEWHERE": "value",
    "NO_STEP_BEFORE": "state",
    "STEP_NOT_SKIPPABLE": "state",
    "CHAIN_EXHAUSTED": "state",
    "REPORT_TOO_EARLY": "state",
    "TEXT_FIRST": "value",
    "SECTION_UNFIT": "value",
    "NOT_RENDERED": "state",
    "NO_MANIFEST": "state",
    "MANIFEST_REVISED": "state",
    "ALREADY_SEALED": "state",
    "NOT_CLOSABLE": "state",
    "REOPEN_TOO_LATE": "state",
    "EVIDENCE_UNKNOWN": "absent",
    "EVIDENCE_UNFIT": "value",
    "CRITICAL_EVIDENCE_MISSING": "state",
    "ACTION_ITEM_UNKNOWN": "absent",
    "ALERTS_FIRING": "state",
    "NOT_RECOVERED": "state",
    "NOT_STABLE_OR_COMMS_UNSENT": "state",
    "WINDOW_UNFIT": "value",
    "NOTHING_SEEN": "value",
    "TITLE_MISSING": "value",
    "TIME_AHEAD": "value",
    "TIME_TOO_OLD": "value",
    "RATIONALE_MISSING": "value",
    "JUSTIFICATION_MISSING": "value",
    "ITEM_NOT_VERIFIED": "value",
    "OPTIONS_UNCLEAR": "value",
    "ITEMS_UNCLEAR": "value",
    "FALLBACK_MISSING": "value",
    "TEMPLATE_NOT_FILLED": "value",
    "WAIVER_INCOMPLETE": "value",
    "ROLE_NOT_GRANTABLE": "value",
    "ATTESTATION_INVALID": "value",
    "PERSON_AMBIGUOUS": "state",
    "PERSON_GONE": "state",
    "NOTHING_CHANGED": "state",
    "ROLE_UNFIT": "state",
    "TOKEN_ID_UNKNOWN": "absent",
    "TOKEN_REVOKED": "state",
}
"""Every stable code with its kind; a test holds the table against what the deciders return."""


class Refusal(Struct, frozen=True, kw_only=True):
    """Why a command was refused: a stable ``code``, and place, expected and found for the caller."""

    code: str
    message: str
    place: str | None = None
    expected: str | None = None
    found: str | None = None

    @property
    def kind(self) -> Kind:
        """Who can do something about it, which decides the HTTP status."""
        return REFUSALS[self.code]


class OnRecord(Struct, frozen=True, kw_only=True):
    """A refusal that is itself worth recording: its ``facts`` are appended, the request is refused."""

    refusal: Refusal
    facts: tuple[Any, ...]
