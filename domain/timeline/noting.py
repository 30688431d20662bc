"""What people add to the timeline; possible in every state once the incident is open (R-WF-02)."""

from __future__ import annotations

from domain.context import Context
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.moment import timestamp
from domain.past import checked
from domain.prose import prose
from domain.refusal import Refusal
from domain.timeline.commands import AddTimelineEntry, CorrectTimelineEntry
from domain.timeline.facts import TimelineEntryCorrected, TimelineEntryRecorded


def add_entry(
    _state: Incident, command: AddTimelineEntry, context: Context
) -> tuple[IncidentFact, ...] | Refusal:
    """Return the entry; its time may lie in the past, not in the future (R-WF-33)."""
    at = checked("at", command.at, context.now)
    if isinstance(at, Refusal):
        return at
    return (
        TimelineEntryRecorded(
            entry_id=context.ids[0],
            category=command.category,
            text=prose(command.text),
            at=None if at is None else timestamp(at),
        ),
    )


def correct_entry(
    state: Incident, command: CorrectTimelineEntry, _context: Context
) -> tuple[IncidentFact, ...] | Refusal:
    """Return the correction of an entry that exists; the entry itself stays."""
    if command.entry_id not in state.entries:
        return Refusal(
            code="ENTRY_UNKNOWN",
            message="the timeline has no such entry",
            place="entry_id",
            expected="the id of an entry that a person recorded",
            found=command.entry_id,
        )
    return (
        TimelineEntryCorrected(
            entry_id=command.entry_id, text=prose(command.text), reason=prose(command.reason)
        ),
    )
