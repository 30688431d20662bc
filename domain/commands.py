"""What a person or a program may ask for: one definition for API, OpenAPI, CLI, consumers and tests.

The discriminator is ``action``. Limits that JSON Schema can state are stated here; rules that need
the state are in the deciders. Texts are normalised once, at the edge (`domain.text.nfc`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta, Struct

from domain.classified import Category, Profile, Visibility

# ``$(?!\n)``: Python's ``$`` also matches before a final newline, JSON Schema's does not.
_LINE = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$(?!\n)"

_TEXT = r"^[^\x00]*[^\s\x00][^\x00]*$(?!\n)"

Title = Annotated[str, Meta(max_length=200, pattern=_LINE, description="One line, at most 200 characters.")]
Name = Annotated[str, Meta(max_length=128, pattern=_LINE, description="A short name, one line.")]
Text = Annotated[str, Meta(max_length=20_000, pattern=_TEXT, description="One or more lines, not blank.")]
Rationale = Annotated[
    str,
    Meta(
        min_length=10, max_length=20_000, pattern=_TEXT, description="Why: at least 10 characters (R-ROL-02)."
    ),
]
Moment = Annotated[
    datetime, Meta(tz=True, description="RFC 3339 with an offset; not later than now (R-WF-33).")
]
AlertStream = Annotated[
    str, Meta(pattern=r"^alert-[0-9a-f]{32}$(?!\n)", description="The stream of an alert, as lists show it.")
]
EntryId = Annotated[
    str, Meta(min_length=1, max_length=64, description="The entry's id, as the timeline shows it.")
]


class OpenIncident(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="open", forbid_unknown_fields=True
):
    """Open an incident by hand, before or without any alert (R-TRN-01)."""

    title: Title
    environment: Name
    services: Annotated[tuple[Name, ...], Meta(max_length=32)] = ()
    summary: Text | None = None
    drill: bool = False
    visibility: Visibility = "open"
    profile: Profile | None = None
    detected_at: Moment | None = None


class DeclareIncident(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="declare", forbid_unknown_fields=True
):
    """Declare that the incident is real (R-TRN-03)."""

    rationale: Rationale


class AttachAlert(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="attach-alert", forbid_unknown_fields=True
):
    """Attach an alert that the correlation did not bring here."""

    alert: AlertStream
    why: Rationale


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


Command = OpenIncident | DeclareIncident | AttachAlert | AddTimelineEntry | CorrectTimelineEntry

COMMANDS: Mapping[str, type[Command]] = {
    "open": OpenIncident,
    "declare": DeclareIncident,
    "attach-alert": AttachAlert,
    "add-timeline-entry": AddTimelineEntry,
    "correct-timeline-entry": CorrectTimelineEntry,
}
"""Action -> type. ``open`` makes a new stream; all others act on an existing one."""

EXAMPLES: Mapping[str, Command] = {
    "open": OpenIncident(
        title="Checkout answers slowly",
        environment="production",
        services=("checkout",),
        summary="Customers report time-outs when paying.",
        detected_at=datetime(2026, 3, 1, 2, 10, tzinfo=UTC),
    ),
    "declare": DeclareIncident(rationale="Error rate above 20 % in two regions, confirmed by hand."),
    "attach-alert": AttachAlert(
        alert="alert-0123456789abcdef0123456789abcdef",
        why="The queue backs up because checkout retries.",
    ),
    "add-timeline-entry": AddTimelineEntry(
        text="Traffic moved to region B.",
        category="command",
        at=datetime(2026, 3, 1, 2, 25, tzinfo=UTC),
    ),
    "correct-timeline-entry": CorrectTimelineEntry(
        entry_id="01957f3e-6c00-7000-8000-000000000001",
        text="Traffic moved to region C.",
        reason="The region was wrong.",
    ),
}
"""One valid example of each action, shown in the API's description and run by the tests."""
