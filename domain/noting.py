"""Timeline entries by people: always recordable once an incident exists (R-WF-02)."""

from __future__ import annotations

from domain.authority import role_for
from domain.commands import AddTimelineEntry, CorrectTimelineEntry
from domain.context import Context
from domain.incident_facts import IncidentFact, TimelineEntryCorrected, TimelineEntryRecorded
from domain.incident_state import Incident
from domain.moment import timestamp
from domain.past import checked
from domain.prose import prose
from domain.refusal import Refusal


def add_entry(
    state: Incident, command: AddTimelineEntry, context: Context
) -> tuple[IncidentFact, ...] | Refusal:
    """Return the entry; its time may lie in the past, not in the future (R-WF-33)."""
    refusal = _refusal(state, "add-timeline-entry", context)
    if refusal:
        return refusal
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
    state: Incident, command: CorrectTimelineEntry, context: Context
) -> tuple[IncidentFact, ...] | Refusal:
    """Return the correction of an entry that exists; the entry itself stays."""
    refusal = _refusal(state, "correct-timeline-entry", context)
    if refusal:
        return refusal
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


def _refusal(state: Incident, action: str, context: Context) -> Refusal | None:
    role = role_for(action, context.principal)
    if isinstance(role, Refusal):
        return role
    if state.state == "none":
        return Refusal(code="NOT_OPEN", message="no incident is open here", expected="any open", found="none")
    return None
