"""The incident: one state machine, decided command by command (R-TRN, R-WF).

`decide` only names who answers; each answer is in the module of its noun. Facts are always
recordable, transitions are guarded (R-WF-02).
"""

from __future__ import annotations

from typing import assert_never

from domain.attaching import attach, attach_by_hand, clear
from domain.commands import AddTimelineEntry, AttachAlert, CorrectTimelineEntry, DeclareIncident, OpenIncident
from domain.context import Context
from domain.declaring import declare
from domain.incident_facts import IncidentFact
from domain.incident_state import NOTHING, Incident, accepts_signals, evolve, fold
from domain.machine import AttachSignal, ClearSignal, OpenCandidate
from domain.noting import add_entry, correct_entry
from domain.opening import open_candidate, open_incident
from domain.refusal import Refusal

IncidentCommand = (
    OpenIncident
    | DeclareIncident
    | AttachAlert
    | AddTimelineEntry
    | CorrectTimelineEntry
    | OpenCandidate
    | AttachSignal
    | ClearSignal
)

__all__ = ["NOTHING", "Incident", "IncidentCommand", "accepts_signals", "decide", "evolve", "fold"]


def decide(  # noqa: PLR0911  # one line an action
    state: Incident, command: IncidentCommand, context: Context
) -> tuple[IncidentFact, ...] | Refusal:
    """Return the facts that ``command`` adds, none if it adds nothing new, or why it is refused."""
    match command:
        case OpenIncident():
            return open_incident(state, command, context)
        case DeclareIncident():
            return declare(state, command, context)
        case AttachAlert():
            return attach_by_hand(state, command, context)
        case AddTimelineEntry():
            return add_entry(state, command, context)
        case CorrectTimelineEntry():
            return correct_entry(state, command, context)
        case OpenCandidate():
            return open_candidate(state, command, context)
        case AttachSignal():
            return attach(state, command, context)
        case ClearSignal():
            return clear(state, command, context)
        case _:
            assert_never(command)
