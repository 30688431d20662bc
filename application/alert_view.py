"""One alert as people read it: each message about it, and why it did or did not open an incident."""

from __future__ import annotations

import msgspec

from application.engine import Engine
from application.reading import RecordedFact, stream_facts
from domain.alert_facts import AlertRemarked, SignalDeduplicated, SignalReceived, SignalsAggregated
from domain.streams import is_alert


class SignalView(msgspec.Struct, frozen=True, kw_only=True):
    """One message about an alert, and why it did or did not open or join an incident."""

    position: int
    version: int
    recordedtime: str
    signal_id: str
    kind: str
    status: str | None = None
    starts_at: str | None = None
    ended_at: str | None = None
    effect: str | None = None
    why: str | None = None
    note: str | None = None
    incident: str | None = None
    duplicate_of: str | None = None
    count: int | None = None
    added: int | None = None


class AlertView(msgspec.Struct, frozen=True, kw_only=True):
    """One alert: what its source said, in order."""

    alert: str
    version: int
    alert_name: str | None
    service: str | None
    environment: str | None
    severity_hint: str | None
    fingerprint: str | None
    signals: tuple[SignalView, ...]


def alert(engine: Engine, stream: str) -> AlertView | None:
    """Return what a source said about one condition, and what came of it."""
    facts = stream_facts(engine.store, stream) if is_alert(stream) else ()
    if not facts:
        return None
    newest = next((i.fact for i in reversed(facts) if isinstance(i.fact, SignalReceived)), None)
    return AlertView(
        alert=stream,
        version=facts[-1].version,
        alert_name=None if newest is None else newest.alert_name,
        service=None if newest is None else newest.service,
        environment=None if newest is None else newest.environment,
        severity_hint=None if newest is None else newest.severity_hint,
        fingerprint=None if newest is None else newest.fingerprint,
        signals=tuple(view for item in facts if (view := _signal_view(item)) is not None),
    )


def _signal_view(item: RecordedFact) -> SignalView | None:
    match item.fact:
        case SignalReceived() as fact:
            return SignalView(
                position=item.position,
                version=item.version,
                recordedtime=item.recordedtime,
                signal_id=fact.signal_id,
                kind="received",
                status=fact.status,
                starts_at=fact.starts_at,
                ended_at=fact.ended_at,
                effect=fact.effect,
                why=fact.why,
                note=fact.note,
                incident=item.correlationid,
            )
        case SignalDeduplicated() as fact:
            return SignalView(
                position=item.position,
                version=item.version,
                recordedtime=item.recordedtime,
                signal_id=fact.signal_id,
                kind="duplicate",
                duplicate_of=fact.duplicate_of,
                count=fact.count,
            )
        case SignalsAggregated() as fact:
            return SignalView(
                position=item.position,
                version=item.version,
                recordedtime=item.recordedtime,
                signal_id=fact.signal_id,
                kind="duplicates",
                duplicate_of=fact.duplicate_of,
                count=fact.count,
                added=fact.added,
            )
        case AlertRemarked() as fact:
            return SignalView(
                position=item.position,
                version=item.version,
                recordedtime=item.recordedtime,
                signal_id=fact.remark_id,
                kind="remark",
                starts_at=fact.at,
                why=fact.kind,
            )
        case _:
            return None
