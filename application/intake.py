"""A monitoring tool's message becomes facts: the delivery, each alert, and the incidents they concern.

All of it is one append request, if it is not huge: either the delivery and everything that follows
from it are in the log, or the sender gets an error and tries again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from itertools import chain

import msgspec
import structlog

from application.aggregating import Aggregated, aggregated
from application.arriving import Arriving, receiving
from application.engine import Engine
from application.insisting import insisting
from application.kept_message import kept
from application.late_ends import late_ends
from application.parcels import Parcel, Slice, facts_of, id_of, shares, stream_of, weight_of
from application.recording import Decided, Item, Recording, check_writable, record
from application.sealing import seal_facts
from application.signal_routing import Ended, Routing
from application.steps import Steps, weighed
from domain.context import Context, Principal
from domain.own_commands import ReceiveDelivery
from domain.prose import prose
from domain.signal import Delivery
from domain.source_facts import SourceFact
from ledger.append import Receipt
from ledger.errors import LedgerError
from ledger.sourceoffset import Advance

log = structlog.get_logger(__name__)

ROLE = "signal_ingestor"
"""The role by which a delivery is taken in, whatever other roles its principal has."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of deliveries that were recorded together."""

    receipt: Receipt
    received: int
    duplicates: int
    remarks: int
    silences: int
    rejected: int
    truncated: int
    incidents: tuple[str, ...]


class Intake(Taken, frozen=True, kw_only=True):
    """What became of one delivery."""

    delivery_id: str
    conditions: tuple[str, ...]
    """The keys of the conditions that its signals and remarks are about, in their order."""


Receive = Callable[[Engine, bytes, Mapping[str, str], Principal], Steps[Intake]]
"""The use case of one source: body, headers and sender of a delivery, to what became of it."""


class _Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """What arrived, and the facts of it being sealed and stored; ``ids`` are those of their events."""

    parcels: tuple[Parcel, ...]
    context: Context
    ids: tuple[tuple[str, ...], ...]
    keeping: Future[tuple[SourceFact, ...]]
    advances: tuple[Advance, ...]


class _Routed(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided about alerts of deliveries when the log had ``size`` entries."""

    parts: tuple[Decided, ...]
    received: int
    duplicates: int
    incidents: tuple[str, ...]
    ended: tuple[Ended, ...]
    size: int


def receive(
    engine: Engine, delivery: Delivery, body: bytes, headers: Mapping[str, str], principal: Principal
) -> Steps[Intake]:
    """Return what a decoded delivery came to, once all its facts are on durable storage.

    ``body`` is kept as it came, encrypted, unless the delivery says what may be kept of it. Raises as
    `Writer.submit` does, and `StoreBusy` when others were first time and again; then the sender has to
    send it again.
    """
    item = Arriving(delivery=delivery, body=body, headers=headers)
    command = receiving(engine.new_id(), item, prose(item.kept))
    taken = yield from _in_turn(engine, (command,), principal, ())
    signals, remarks = delivery.signals, delivery.remarks
    return Intake(
        delivery_id=command.delivery_id,
        conditions=(*(it.fingerprint for it in signals), *(it.fingerprint for it in remarks)),
        **msgspec.structs.asdict(taken),
    )


def receive_many(
    engine: Engine,
    arriving: Sequence[Arriving],
    principal: Principal,
    advances: Sequence[Advance],
    together: Sequence[Arriving] = (),
) -> Steps[Taken]:
    """Return what deliveries came to, recorded in one append together with how far their logs were read.

    Those of ``together`` are told together, and come before the others: give deliveries that only repeat what
    is known (`application.aggregating.only_repeats`). One of which that is true no more when it is decided
    changes what it changes all the same.

    So each is recorded exactly once. The exception is one that alone has more than `SHARE` alerts: it takes
    several appends, the last of which advances, and after a crash in between it is recorded once more, its
    alerts as repetitions. Raises as `receive` does, and `OffsetFenced` when somebody else reads there now.
    """
    single = tuple(receiving(engine.new_id(), item, kept(item.kept)) for item in arriving)
    parcels: tuple[Parcel, ...] = (*aggregated(together, engine.new_id), *single)
    return (yield from _in_turn(engine, parcels, principal, tuple(advances)))


def _in_turn(
    engine: Engine,
    parcels: tuple[Parcel, ...],
    principal: Principal,
    advances: tuple[Advance, ...],
) -> Steps[Taken]:
    streams = {stream_of(parcel) for parcel in parcels}
    return (yield from engine.turns.during(streams, _taken_in(engine, parcels, principal, advances)))


def _taken_in(
    engine: Engine,
    parcels: tuple[Parcel, ...],
    principal: Principal,
    advances: tuple[Advance, ...],
) -> Steps[Taken]:
    """Record deliveries in shares of `SHARE` alerts, the first of each together with the fact that it came.

    Nearly every delivery is one share and so one append. If a later share fails, the sender gets an
    error and sends everything again; what is recorded by then is recognised as a repetition.
    """
    arrival = _arrived(engine, parcels, principal, advances)
    done: list[tuple[_Routed, Receipt]] = []
    parts = shares(parcels)
    for number, share in enumerate(parts, start=1):
        attempt = partial(_recorded, engine, arrival, share, last=number == len(parts))
        routed, receipt = yield from insisting(engine, attempt)
        if routed.ended:
            yield from _tell_late(engine, routed, receipt, arrival)
        done.append((routed, receipt))
    return _taken(parcels, done)


def _taken(parcels: Sequence[Parcel], done: Sequence[tuple[_Routed, Receipt]]) -> Taken:
    told = [parcel.delivery for parcel in parcels if isinstance(parcel, ReceiveDelivery)]
    return Taken(
        receipt=Receipt(tuple(row for _, receipt in done for row in receipt.rows)),
        received=sum(routed.received for routed, _ in done),
        duplicates=sum(routed.duplicates for routed, _ in done),
        remarks=sum(len(delivery.remarks) for delivery in told),
        silences=sum(len(delivery.silences) for delivery in told),
        rejected=sum(len(delivery.rejected) for delivery in told),
        truncated=sum(delivery.truncated for delivery in told),
        incidents=tuple(dict.fromkeys(stream for routed, _ in done for stream in routed.incidents)),
    )


def _arrived(
    engine: Engine,
    parcels: tuple[Parcel, ...],
    principal: Principal,
    advances: tuple[Advance, ...],
) -> _Arrival:
    check_writable(engine)
    context = Context(
        principal=principal, now=engine.clock(), policies=engine.policies, profile=engine.profile
    )
    facts = [[(stream_of(parcel), fact) for fact in facts_of(parcel, context)] for parcel in parcels]
    return _Arrival(
        parcels=parcels,
        context=context,
        ids=tuple(tuple(engine.new_id() for _ in told) for told in facts),
        # Encrypted and stored while the alerts are decided, and once, however often they are.
        keeping=engine.disk.submit(seal_facts, list(chain(*facts)), engine.vault, engine.blobs),
        advances=advances,
    )


def _recorded(
    engine: Engine, arrival: _Arrival, share: Sequence[Slice], *, last: bool
) -> Steps[tuple[_Routed, Receipt]]:
    weight = sum(weight_of(arrival.parcels[part.index], part) for part in share)
    routed = yield from weighed(engine.disk, weight, partial(_routed, engine, arrival, share))
    kept: tuple[SourceFact, ...] = yield arrival.keeping
    parts = (*_came(arrival, share, kept), *routed.parts)
    recording = _recording(parts, arrival.context, arrival.advances if last else ())
    receipt = yield from record(engine, recording)
    return routed, receipt


def _came(arrival: _Arrival, share: Sequence[Slice], kept: Sequence[SourceFact]) -> tuple[Decided, ...]:
    """Return the facts that deliveries came, those of a source in one part and in order."""
    left = iter(kept)
    facts = [[next(left) for _ in ids] for ids in arrival.ids]
    items: dict[str, list[Item]] = {}
    for part in share:
        if part.first:
            stream = stream_of(arrival.parcels[part.index])
            told = zip(facts[part.index], arrival.ids[part.index], strict=True)
            items.setdefault(stream, []).extend(Item(fact=fact, id=event_id) for fact, event_id in told)
    return tuple(Decided(stream=stream, version=None, items=tuple(told)) for stream, told in items.items())


def _routed(engine: Engine, arrival: _Arrival, share: Sequence[Slice]) -> _Routed:
    size = engine.store.head().size
    routing = Routing(engine, arrival.context)
    for part in share:
        parcel, cause = arrival.parcels[part.index], arrival.ids[part.index][0]
        if isinstance(parcel, Aggregated):
            routing.count(parcel.command.delivery_id, cause, parcel.reports)
        else:
            remarks = parcel.delivery.remarks if part.first else ()
            routing.route(parcel.delivery_id, cause, part.signals, remarks)
    return _Routed(
        parts=routing.parts,
        received=routing.received,
        duplicates=routing.duplicates,
        incidents=routing.incidents,
        ended=tuple(routing.ended),
        size=size,
    )


def _tell_late(engine: Engine, routed: _Routed, receipt: Receipt, arrival: _Arrival) -> Steps[None]:
    def attempt() -> Steps[None]:
        parts = late_ends(engine, routed.ended, routed.size, receipt.rows[0].position, arrival.context)
        if parts:
            yield from record(engine, _recording(parts, arrival.context))

    try:
        yield from insisting(engine, attempt)
    except LedgerError:
        # The deliveries are in the log; to send them again would not help these incidents.
        told = [id_of(parcel) for parcel in arrival.parcels]
        log.exception("an incident was not told the end of its alert", deliveries=told)


def _recording(parts: tuple[Decided, ...], context: Context, advances: tuple[Advance, ...] = ()) -> Recording:
    principal = context.principal
    roles = tuple({ROLE}.intersection(principal.roles))
    return Recording(parts=parts, principal=principal, roles=roles, now=context.now, advances=advances)
