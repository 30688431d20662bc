"""Facts that are entries of the timeline by themselves (R-EVT-18)."""

from __future__ import annotations

from msgspec import Struct

from domain.classified import Category, Id, Timestamp
from domain.prose import Prose


class TimelineEntryRecorded(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person's entry in the timeline; ``at`` where it happened earlier than it was recorded."""

    entry_id: Id
    category: Category
    text: Prose
    at: Timestamp | None = None


class TimelineEntryCorrected(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A better text for an earlier entry, which stays visible."""

    entry_id: Id
    text: Prose
    reason: Prose


TimelineFact = TimelineEntryRecorded | TimelineEntryCorrected
