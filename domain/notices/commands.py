"""Commands about telling people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct

from domain.words import Ident, Moment, RoleNames, Text


class AttestNotice(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="attest-notice", forbid_unknown_fields=True
):
    """Say that you told those who hold these roles, on the phone or in a meeting (R-DIR-01)."""

    roles: RoleNames
    channel: Literal["phone", "meeting"]
    purpose: Literal["initial", "update", "escalation", "resolution"] = "initial"
    note: Text | None = None
    at: Moment | None = None


class RequestNotice(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="request-notice", forbid_unknown_fields=True
):
    """Have those who hold these roles told: an update, or once more what they were told first."""

    roles: RoleNames
    purpose: Literal["initial", "update", "escalation", "resolution"] = "update"
    text: Text | None = None


class Acknowledge(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="acknowledge", forbid_unknown_fields=True
):
    """Say that you know: of a notice, or of an escalation, by its id."""

    id: Ident


EXAMPLES = (
    AttestNotice(
        roles=("incident_commander", "sre_on_call", "product_owner"),
        channel="meeting",
        note="All three are in the war room.",
        at=datetime(2026, 3, 1, 2, 14, tzinfo=UTC),
    ),
    RequestNotice(roles=("product_owner",), text="We roll back in five minutes."),
    Acknowledge(id="n1-1"),
)
