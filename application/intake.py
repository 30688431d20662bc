"""A monitoring tool's message becomes facts: the delivery, each alert, and the incidents they concern.

All of it is one append request, if it is not huge: either the delivery and everything that follows
from it are in the log, or the sender gets an error and tries again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial

import msgspec
import structlog

from application.engine import Engine
from application.insisting import insisting
from application.late_ends import late_ends
from application.recording import Decided, Item, Recording, check_writable, record
from application.sealing import seal_facts
from application.signal_routing import Ended, Routing
from application.steps import Steps, weighed
from domain import source
from domain.context import Context, Principal
from domain.own_commands import ReceiveDelivery
from domain.prose import prose
from domain.signal import Delivery, Signal
from domain.source_facts import SourceFact
from domain.streams import source_stream
from ledger.append import Receipt
from ledger.errors import LedgerError

log = structlog.get_logger(__name__)

SHARE = 1_000
"""How many alerts of one delivery are decided and recorded at once."""

ROLE = "signal_ingestor"
"""The role by which a delivery is taken in, whatever other roles its principal has."""


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a delivery."""

    receipt: Receipt
    delivery_id: str
    received: int
    duplicates: int
    remarks: int
    silences: int
    rejected: int
    truncated: int
    incidents: tuple[str, ...]


Receive = Callable[[Engine, bytes, Mapping[str, str], Principal], Steps[Intake]]
"""The use case of one source: body, headers and sender of a delivery, to what became of it."""


class _Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """What arrived, and the facts of it being sealed and stored; ``ids`` are those of their events."""

    command: ReceiveDelivery
    context: Context
    ids: tuple[str, ...]
    keeping: Future[tuple[SourceFact, ...]]


class _Share(msgspec.Struct, frozen=True):
    """Alerts of a delivery that are decided at once; the first share has all that is not an alert as well."""

    signals: Sequence[Signal]
    with_arrival: bool


class _Routed(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided about alerts of a delivery when the log had ``size`` entries."""

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

    ``body`` is kept as it came, encrypted. Raises as `Writer.submit` does, and `StoreBusy` when
    others were first time and again; then the sender has to send it again.
    """
    command = ReceiveDelivery(
        delivery_id=engine.new_id(),
        delivery=delivery,
        raw=prose(body),
        headers=prose(sorted(headers.items())) if headers else None,
    )
    stream = source_stream(delivery.source)
    return (yield from engine.turns.during((stream,), _taken_in(engine, command, principal)))


def _taken_in(engine: Engine, command: ReceiveDelivery, principal: Principal) -> Steps[Intake]:
    """Record a delivery in shares of `SHARE` alerts, the first together with the fact that it came.

    Nearly every delivery is one share and so one append. If a later share fails, the sender gets an
    error and sends everything again; what is recorded by then is recognised as a repetition.
    """
    arrival, signals = _arrived(engine, command, principal), command.delivery.signals
    done: list[tuple[_Routed, Receipt]] = []
    for first in range(0, max(len(signals), 1), SHARE):
        share = _Share(signals[first : first + SHARE], with_arrival=first == 0)
        attempt = partial(_recorded, engine, arrival, share)
        routed, receipt = yield from insisting(engine, attempt)
        if routed.ended:
            yield from _tell_late(engine, routed, receipt, arrival)
        done.append((routed, receipt))
    return _intake(command, done)


def _intake(command: ReceiveDelivery, done: Sequence[tuple[_Routed, Receipt]]) -> Intake:
    return Intake(
        receipt=Receipt(tuple(row for _, receipt in done for row in receipt.rows)),
        delivery_id=command.delivery_id,
        received=sum(routed.received for routed, _ in done),
        duplicates=sum(routed.duplicates for routed, _ in done),
        remarks=len(command.delivery.remarks),
        silences=len(command.delivery.silences),
        rejected=len(command.delivery.rejected),
        truncated=command.delivery.truncated,
        incidents=tuple(dict.fromkeys(stream for routed, _ in done for stream in routed.incidents)),
    )


def _arrived(engine: Engine, command: ReceiveDelivery, principal: Principal) -> _Arrival:
    check_writable(engine)
    context = Context(
        principal=principal, now=engine.clock(), policies=engine.policies, profile=engine.profile
    )
    stream = source_stream(command.delivery.source)
    facts = [(stream, fact) for fact in source.decide(command, context)]
    return _Arrival(
        command=command,
        context=context,
        ids=tuple(engine.new_id() for _ in facts),
        # Encrypted and stored while the alerts are decided, and once, however often they are.
        keeping=engine.disk.submit(seal_facts, facts, engine.vault, engine.blobs),
    )


def _recorded(engine: Engine, arrival: _Arrival, share: _Share) -> Steps[tuple[_Routed, Receipt]]:
    routed = yield from weighed(engine.disk, len(share.signals), partial(_routed, engine, arrival, share))
    kept: tuple[SourceFact, ...] = yield arrival.keeping
    items = (Item(fact=fact, id=event_id) for fact, event_id in zip(kept, arrival.ids, strict=True))
    stream = source_stream(arrival.command.delivery.source)
    arrived = Decided(stream=stream, version=None, items=tuple(items))
    first = (arrived,) if share.with_arrival else ()
    receipt = yield from record(engine, _recording((*first, *routed.parts), arrival.context))
    return routed, receipt


def _routed(engine: Engine, arrival: _Arrival, share: _Share) -> _Routed:
    size = engine.store.head().size
    routing = Routing(engine, arrival.context, arrival.command.delivery_id, cause=arrival.ids[0])
    remarks = arrival.command.delivery.remarks if share.with_arrival else ()
    return _Routed(
        parts=routing.route(share.signals, remarks),
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
        # The delivery is in the log; to send it again would not help these incidents.
        log.exception("an incident was not told the end of its alert", delivery=arrival.command.delivery_id)


def _recording(parts: tuple[Decided, ...], context: Context) -> Recording:
    principal = context.principal
    roles = tuple({ROLE}.intersection(principal.roles))
    return Recording(parts=parts, principal=principal, roles=roles, now=context.now)
