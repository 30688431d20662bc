"""What people and programs read of incidents and alerts, as of now or of any version or moment.

Canonical views hold placeholders for sealed text; `revealed` puts the values in for those who may
see them. Replay folds the incident's own stream, so the past is made by the code that makes the present.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from application.alert_view import AlertView, alert
from application.engine import Engine
from application.past import NOW, At, disclosed, opened_texts, past_facts
from application.reading import RecordedFact, log_facts
from domain.flow.transitions import PLACES
from domain.streams import is_incident
from projections.incident_list import Row, incident_list
from projections.incident_list import after as next_row
from projections.placeholder import reveal
from projections.timeline import Entry, timeline

__all__ = [
    "NOW",
    "AlertView",
    "At",
    "IncidentView",
    "TimelineView",
    "alert",
    "incident",
    "incident_from",
    "incidents",
    "resolve",
    "timeline_view",
]

NUMBER = re.compile(r"INC-([1-9][0-9]{0,8})", re.IGNORECASE)


class AlertLink(msgspec.Struct, frozen=True, kw_only=True):
    """An alert of an incident."""

    alert: str
    signal_id: str
    firing: bool


class IncidentView(msgspec.Struct, frozen=True, kw_only=True):
    """One incident at one version of its stream."""

    incident: str
    number: str
    version: int
    state: str
    phase: int | None
    step: str | None
    severity: str | None
    severity_agreed: bool
    commander: str | None
    halted: str | None
    title: str
    environment: str | None
    services: tuple[str, ...]
    drill: bool
    visibility: str
    profile: str
    policy_sha256: str
    detected_at: str
    opened_at: str
    declared_at: str | None
    alerts_firing: int
    alerts_cleared: int
    alerts: tuple[AlertLink, ...]


class TimelineView(msgspec.Struct, frozen=True, kw_only=True):
    """The timeline of an incident at one version of its stream."""

    incident: str
    number: str
    version: int
    entries: tuple[Entry, ...]
    unknown: int


def resolve(engine: Engine, name: str) -> str | None:
    """Return the stream of an incident named by stream or number (``INC-7``), None when there is none."""
    number = NUMBER.fullmatch(name)
    if number is not None:
        return engine.index.stream(int(number[1]))
    return name if name.startswith("incident-") and engine.index.row(name) is not None else None


def incident(engine: Engine, stream: str, at: At = NOW) -> IncidentView | None:
    """Return an incident as it was, None where it was not yet open."""
    return incident_from(engine, stream, past_facts(engine, stream, at))


def incident_from(engine: Engine, stream: str, facts: Sequence[RecordedFact]) -> IncidentView | None:
    """Return an incident after ``facts`` of its stream, None where they open none."""
    row = engine.remembered.folded(_row, stream, facts)
    if row is None:
        return None
    return of_row(row, engine.index.number(stream), opened_texts(engine, (row,)))


def _row(facts: Sequence[RecordedFact]) -> Row | None:
    return next(iter(incident_list(facts)), None)


def timeline_view(engine: Engine, stream: str, at: At = NOW) -> TimelineView | None:
    """Return the timeline of an incident as it was, with every text that can be opened."""
    facts = past_facts(engine, stream, at)
    if not facts:
        return None
    known, folded = disclosed(engine, facts), engine.remembered.folded(timeline, stream, facts)
    entries = (msgspec.structs.replace(entry, text=reveal(entry.text, known)) for entry in folded.entries)
    return TimelineView(
        incident=stream,
        number=engine.index.number(stream),
        version=facts[-1].version,
        entries=tuple(entries),
        unknown=folded.unknown,
    )


def incidents(engine: Engine, at: At = NOW, *, after: int = 0, limit: int = -1) -> tuple[IncidentView, ...]:
    """Return the incidents above number ``after``, as of now, of a size of the log or of a recorded time."""
    if at == NOW:
        rows: Sequence[Row] = engine.index.rows(after, limit)
    else:
        rows = [row for row in _past_list(engine, at) if row.number > after][: None if limit < 0 else limit]
    known = opened_texts(engine, rows)
    return tuple(of_row(row, row.name, known) for row in rows)


def _past_list(engine: Engine, at: At) -> Sequence[Row]:
    """Return the rows of an earlier moment; numbers count in log order, whatever the clocks said."""
    size = engine.store.head().size
    rows: dict[str, Row] = {}
    number = 1
    for item in log_facts(engine.store, 0, size if at.size is None else min(at.size, size), is_incident):
        known = rows.get(item.stream)
        row = next_row(known, item, number)
        number += known is None and row is not None
        if row is not None and (at.time is None or item.recordedtime <= at.time):
            rows[item.stream] = row
    return tuple(rows.values())


def of_row(row: Row, name: str, known: Mapping[str, str]) -> IncidentView:
    """Return the view of a row of the list, with the texts that are ``known`` in their places."""
    place = PLACES.get(row.state)
    return IncidentView(
        incident=row.stream,
        number=name,
        version=row.version,
        state=row.state,
        phase=None if place is None else place.phase,
        step=None if place is None else place.step,
        severity=row.severity,
        severity_agreed=row.assessment.agreed is not None,
        commander=row.commander,
        halted=row.standing.halted,
        title=reveal(row.heading, known),
        environment=row.environment,
        services=row.services,
        drill=row.drill,
        visibility=row.visibility,
        profile=row.profile,
        policy_sha256=row.policy_sha256,
        detected_at=row.detected_at,
        opened_at=row.opened_at,
        declared_at=row.declared_at,
        alerts_firing=row.firing,
        alerts_cleared=row.cleared,
        alerts=tuple(AlertLink(alert=x.alert, signal_id=x.signal_id, firing=x.firing) for x in row.alerts),
    )
