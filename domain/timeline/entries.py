"""Which entries there are to correct, folded."""

from __future__ import annotations

from typing import assert_never

from domain.growing import Growing
from domain.recorded import Stamped
from domain.timeline.facts import TimelineEntryCorrected, TimelineEntryRecorded, TimelineFact

Entries = Growing[int]
"""Entry id -> the version that recorded it."""


def evolve(state: Entries, item: Stamped[TimelineFact]) -> Entries:
    """Return the entries after a fact; a correction adds none."""
    fact = item.fact
    match fact:
        case TimelineEntryRecorded():
            return state.set(fact.entry_id, item.version)
        case TimelineEntryCorrected():
            return state
        case _:
            assert_never(fact)
