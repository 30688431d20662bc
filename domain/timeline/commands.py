"""Commands about entries of the timeline."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Struct

from domain.classified import Category
from domain.words import EntryId, Moment, Text


class AddTimelineEntry(
    Struct,
    frozen=True,
    kw_only=True,
    tag_field="action",
    tag="add-timeline-entry",
    forbid_unknown_fields=True,
):
    """Record something that happened; always possible, whatever the incident's state (R-WF-02)."""

    text: Text
    category: Category = "note"
    at: Moment | None = None


class CorrectTimelineEntry(
    Struct,
    frozen=True,
    kw_only=True,
    tag_field="action",
    tag="correct-timeline-entry",
    forbid_unknown_fields=True,
):
    """Correct an earlier entry; both texts stay visible."""

    entry_id: EntryId
    text: Text
    reason: Text


EXAMPLES = (
    AddTimelineEntry(
        text="Traffic moved to region B.",
        category="command",
        at=datetime(2026, 3, 1, 2, 25, tzinfo=UTC),
    ),
    CorrectTimelineEntry(
        entry_id="01957f3e-6c00-7000-8000-000000000001",
        text="Traffic moved to region C.",
        reason="The region was wrong.",
    ),
)
