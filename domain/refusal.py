"""A request that the rules refuse: a value, not an exception. Nothing was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Kind = Literal["state", "authority", "absent", "value"]
"""Why, in the caller's terms: not now (409), not you (403), no such thing (404), not this (422)."""

REFUSALS: Mapping[str, Kind] = {
    "ROLE_MISSING": "authority",
    "ALREADY_OPEN": "state",
    "ALREADY_DECLARED": "state",
    "ALREADY_ATTACHED": "state",
    "NOT_OPEN": "absent",
    "ALERT_UNKNOWN": "absent",
    "ENTRY_UNKNOWN": "absent",
    "PROFILE_NOT_ALLOWED": "state",
    "TIME_AHEAD": "value",
    "TIME_TOO_OLD": "value",
    "PERSON_UNKNOWN": "absent",
    "PERSON_AMBIGUOUS": "state",
    "PERSON_GONE": "state",
    "NOTHING_CHANGED": "state",
    "ROLE_HELD": "state",
    "ROLE_NOT_HELD": "state",
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
