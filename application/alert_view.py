"""One alert as people read it: each message about it, and why it did or did not open an incident."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from application.engine import Engine
from application.reading import RecordedFact, recorded, stream_facts
from domain import alert as alerts
from domain.alert_facts import (
    AlertFact,
    AlertRemarked,
    FlappingEnded,
    FlappingStarted,
    SignalDeduplicated,
    SignalReceived,
    SignalsAggregated,
)
from domain.classified import Status
from domain.flapping import settles_at
from domain.intake.facts import IncidentOpened
from domain.moment import timestamp
from domain.streams import is_alert
from domain.wording.reasons import reason

Outcome = Literal["opened", "joined", "ended"]


class SignalView(msgspec.Struct, frozen=True, kw_only=True):
    """One message about an alert, and why it did or did not open or join an incident.

    ``reason`` says so in words, ``outcome`` what came of it in ``incident``. ``held`` is the effect that a
    message of a flapping alert would have had.
    """

    position: int
    version: int
    recordedtime: str
    signal_id: str | None
    kind: str
    reason: str
    status: str | None = None
    starts_at: str | None = None
    ended_at: str | None = None
    effect: str | None = None
    why: str | None = None
    note: str | None = None
    held: str | None = None
    join_within_minutes: int | None = None
    incident: str | None = None
    outcome: Outcome | None = None
    duplicate_of: str | None = None
    count: int | None = None
    added: int | None = None


class FlappingView(msgspec.Struct, frozen=True, kw_only=True):
    """How an alert flaps: how often its status changed since when, and what incidents were not told.

    It settles at ``settles_at`` if nothing changes until then.
    """

    since: str
    changes: int
    held: int
    window_minutes: int
    settled_minutes: int
    settles_at: str


class AlertView(msgspec.Struct, frozen=True, kw_only=True):
    """One alert: what its source said, in order, and how it stands.

    ``counts_as`` is the service that its correlation names instead of ``service``; ``repetitions`` is how
    often something was told that was known.
    """

    alert: str
    version: int
    alert_name: str | None
    service: str | None
    counts_as: str | None
    environment: str | None
    severity_hint: str | None
    fingerprint: str | None
    status: Status
    flapping: FlappingView | None
    repetitions: int
    signals: tuple[SignalView, ...]


def alert(engine: Engine, stream: str) -> AlertView | None:
    """Return what a source said about one condition, and what came of it."""
    facts = stream_facts(engine.store, stream) if is_alert(stream) else ()
    if not facts:
        return None
    newest = next((i.fact for i in reversed(facts) if isinstance(i.fact, SignalReceived)), None)
    signals = tuple(
        _signal_view(engine, item, item.fact) for item in facts if isinstance(item.fact, AlertFact)
    )
    state = alerts.fold(facts)
    return AlertView(
        alert=stream,
        version=facts[-1].version,
        alert_name=None if newest is None else newest.alert_name,
        service=None if newest is None else newest.service,
        counts_as=None if newest is None else newest.counts_as,
        environment=None if newest is None else newest.environment,
        severity_hint=None if newest is None else newest.severity_hint,
        fingerprint=None if newest is None else newest.fingerprint,
        status=state.status,
        flapping=_flapping(state, facts),
        repetitions=sum(_repetitions(item.fact) for item in facts),
        signals=signals,
    )


def _flapping(state: alerts.Alert, facts: Sequence[RecordedFact]) -> FlappingView | None:
    started = next((i.fact for i in reversed(facts) if isinstance(i.fact, FlappingStarted)), None)
    if state.flaps is None or started is None:
        return None
    return FlappingView(
        since=state.flaps.since,
        changes=state.flaps.changes,
        held=state.flaps.held,
        window_minutes=started.window_minutes,
        settled_minutes=started.settled_minutes,
        settles_at=timestamp(settles_at(state.flaps, state.changes)),
    )


def _signal_view(engine: Engine, item: RecordedFact, told: AlertFact) -> SignalView:
    kind, signal_id = _named(told)
    view = SignalView(
        position=item.position,
        version=item.version,
        recordedtime=item.recordedtime,
        signal_id=signal_id,
        kind=kind,
        reason=reason(told),
    )
    match told:
        case SignalReceived() as fact:
            return msgspec.structs.replace(
                view,
                status=fact.status,
                starts_at=fact.starts_at,
                ended_at=fact.ended_at,
                effect=fact.effect,
                why=fact.why,
                note=fact.note,
                held=fact.held,
                join_within_minutes=fact.join_within_minutes,
                incident=item.correlationid,
                outcome=_outcome(engine, item, fact.status),
            )
        case SignalDeduplicated() as fact:
            return msgspec.structs.replace(view, duplicate_of=fact.duplicate_of, count=fact.count)
        case SignalsAggregated() as fact:
            return msgspec.structs.replace(
                view, duplicate_of=fact.duplicate_of, count=fact.count, added=fact.added
            )
        case AlertRemarked() as fact:
            return msgspec.structs.replace(view, starts_at=fact.at, why=fact.kind)
        case FlappingEnded() as fact:
            return msgspec.structs.replace(
                view,
                status=fact.status,
                incident=item.correlationid,
                outcome=_outcome(engine, item, fact.status),
            )
        case FlappingStarted():
            return view


def _repetitions(fact: object) -> int:
    return fact.added if isinstance(fact, SignalsAggregated) else int(isinstance(fact, SignalDeduplicated))


def _named(fact: AlertFact) -> tuple[str, str | None]:
    """Return the kind of a message, and its id if a source told it."""
    match fact:
        case SignalReceived():
            return "received", fact.signal_id
        case SignalDeduplicated():
            return "duplicate", fact.signal_id
        case SignalsAggregated():
            return "duplicates", fact.signal_id
        case AlertRemarked():
            return "remark", fact.remark_id
        case FlappingStarted():
            return "flapping-started", None
        case FlappingEnded():
            return "flapping-ended", None


def _outcome(engine: Engine, item: RecordedFact, status: Status) -> Outcome | None:
    """Return what a message came to in the incident that it concerns."""
    if item.correlationid is None:
        return None
    if status == "resolved":
        return "ended"
    first = [recorded(row) for row in engine.store.stream_rows(item.correlationid, 0, 1)]
    opened = any(isinstance(i.fact, IncidentOpened) and i.causationid == item.id for i in first)
    return "opened" if opened else "joined"
