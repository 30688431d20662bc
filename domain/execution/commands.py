"""Commands about executing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct

from domain.words import Moment, Name, PrincipalId, Rationale, Text


class StartExecution(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="start-execution", forbid_unknown_fields=True
):
    """Begin to execute the approved option; refused unless everything of R-WF-30 holds now."""

    change_ref: Name | None = None


class RecordOutOfBand(
    Struct,
    frozen=True,
    kw_only=True,
    tag_field="action",
    tag="record-out-of-band",
    forbid_unknown_fields=True,
):
    """Record what was done outside the process; always possible, and shown at gate 2 (R-ROL-08)."""

    what: Text
    why: Rationale
    kind: Literal["execution", "other"] = "execution"
    principal: PrincipalId | None = None
    who: Text | None = None
    at: Moment | None = None


EXAMPLES = (
    StartExecution(change_ref="CHG-4711"),
    RecordOutOfBand(
        what="Restarted the payment gateway by hand.",
        why="Orders were being lost every second.",
        who="The provider's engineer on the phone.",
        at=datetime(2026, 3, 1, 2, 21, tzinfo=UTC),
    ),
)
