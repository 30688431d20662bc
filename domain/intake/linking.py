"""Incidents that have to do with each other (R-TRN-25). Both sides are decided in one append."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec.structs import replace

from domain.context import Context
from domain.crew.facts import ResponderJoined
from domain.flow.transitions import OPEN
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.intake.attaching import is_known
from domain.intake.commands import LinkIncident, MergeIncident
from domain.intake.facts import IncidentLinked, IncidentMerged, SignalAttached
from domain.own_commands import AbsorbIncident, MirrorLink
from domain.prose import prose
from domain.refusal import Refusal

Kind = Literal["parent", "child", "related"]

INVERSE: Mapping[Kind, Kind] = {"parent": "child", "child": "parent", "related": "related"}
FOLLOWED = "merged"
"""Why an alert is attached to the incident that another one was merged into."""


def merge(_state: Incident, command: MergeIncident, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return that this incident goes on as ``context.other``."""
    other = _other(command.into, context)
    if isinstance(other, Refusal):
        return other
    return (IncidentMerged(into=other, rationale=prose(command.rationale)),)


def absorb(state: Incident, command: AbsorbIncident, _context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return what the incident that goes on takes over: the link, alerts that fire, and people."""
    if state.state not in OPEN:
        return Refusal(
            code="OTHER_ENDED",
            message="an incident can only go on as one that is open",
            place="into",
            expected="an open incident",
            found=state.state,
        )
    if refusal := _unfit(state, command.source):
        return refusal
    linked = IncidentLinked(incident=command.stream, kind="merged", rationale=prose(command.rationale))
    return (linked, *_alerts(state, command.source), *_people(state, command.source))


def _unfit(state: Incident, source: Incident) -> Refusal | None:
    """Return a refusal where a drill would become real or a real incident a drill, or secrets be shown."""
    if state.intake.drill != source.intake.drill:
        expected, found = ("a drill", "a real one") if source.intake.drill else ("a real one", "a drill")
    elif source.intake.visibility != "open" and state.intake.visibility == "open":
        expected, found = source.intake.visibility, state.intake.visibility
    else:
        return None
    return Refusal(
        code="OTHER_UNFIT",
        message="an incident goes on as one of its kind, and where no more people see it",
        place="into",
        expected=expected,
        found=found,
    )


def link(_state: Incident, command: LinkIncident, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return the link to ``context.other``."""
    other = _other(command.incident, context)
    if isinstance(other, Refusal):
        return other
    return (IncidentLinked(incident=other, kind=command.kind, rationale=prose(command.rationale)),)


def mirror(_state: Incident, command: MirrorLink, _context: Context) -> tuple[IncidentFact, ...]:
    """Return the link as the other incident has it."""
    return (IncidentLinked(incident=command.stream, kind=command.kind, rationale=prose(command.rationale)),)


def _alerts(state: Incident, source: Incident) -> tuple[SignalAttached, ...]:
    return tuple(
        replace(attached.fact, why=FOLLOWED, rationale=None)
        for alert, attached in source.intake.alerts.items()
        if attached.firing and not is_known(state, alert, attached.episode)
    )


def _people(state: Incident, source: Incident) -> tuple[ResponderJoined, ...]:
    return tuple(
        ResponderJoined(principal=principal, role=role, voting=principal in source.crew.voting)
        for principal, role in source.crew.responders.items()
        if principal not in state.crew.responders
    )


def _other(named: str, context: Context) -> str | Refusal:
    if context.other is not None:
        return context.other
    return Refusal(
        code="OTHER_UNKNOWN",
        message="there is no such other incident, or not for you",
        expected="the number or stream of another incident",
        found=named,
    )
