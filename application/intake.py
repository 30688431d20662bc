"""A monitoring tool's message becomes facts: the delivery, each alert, and the incidents they concern.

All of it is one append request, if it is not huge: either the delivery and everything that follows
from it are in the log, or the sender gets an error and tries again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import msgspec
import structlog

from application.engine import Engine
from application.late_ends import late_ends
from application.recording import Decided, Item, Recording, record
from application.routing import Ended, Routing
from application.steps import Steps, weighed
from domain import source
from domain.context import Context, Principal
from domain.machine import ReceiveDelivery
from domain.prose import prose
from domain.signal import Delivery, Signal
from domain.streams import is_incident, source_stream
from ledger.append import Receipt
from ledger.errors import LedgerError, StoreBusy, VersionConflict

T = TypeVar("T")

log = structlog.get_logger(__name__)

ATTEMPTS = 16
"""How often a delivery is decided anew when others write to the same alerts or incidents."""

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
    rejected: int
    truncated: int
    incidents: tuple[str, ...]


Receive = Callable[[Engine, bytes, Mapping[str, str], Principal], Steps[Intake]]
"""The use case of one source: body, headers and sender of a delivery, to what became of it."""


class _Share(msgspec.Struct, frozen=True):
    """Some alerts of a delivery; ``cause`` is the id of the fact that it came, None before it."""

    command: ReceiveDelivery
    signals: tuple[Signal, ...]
    cause: str | None


class _Routed(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided about a delivery when the log had ``size`` entries."""

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
    others were first time and again; nothing is recorded then.
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
    context = Context(
        principal=principal, now=engine.clock(), policies=engine.policies, profile=engine.profile
    )
    signals = command.delivery.signals
    done: list[tuple[_Routed, Receipt]] = []
    for first in range(0, max(len(signals), 1), SHARE):
        share = signals[first : first + SHARE]
        cause = done[0][0].parts[0].items[0].id if done else None
        attempt = partial(_recorded, engine, _Share(command, share, cause), context)
        routed, receipt = yield from _insisting(engine, attempt)
        if routed.ended:
            yield from _tell_late(engine, routed, receipt, context)
        done.append((routed, receipt))
    return _intake(command, done)


def _intake(command: ReceiveDelivery, done: Sequence[tuple[_Routed, Receipt]]) -> Intake:
    return Intake(
        receipt=Receipt(tuple(row for _, receipt in done for row in receipt.rows)),
        delivery_id=command.delivery_id,
        received=sum(routed.received for routed, _ in done),
        duplicates=sum(routed.duplicates for routed, _ in done),
        rejected=len(command.delivery.rejected),
        truncated=command.delivery.truncated,
        incidents=tuple(dict.fromkeys(stream for routed, _ in done for stream in routed.incidents)),
    )


def _insisting(engine: Engine, attempt: Callable[[], Steps[T]]) -> Steps[T]:
    """Return what an attempt comes to in which nobody else was first."""
    contended: frozenset[str] = frozenset()
    conflict: VersionConflict | None = None
    for _ in range(ATTEMPTS):
        try:
            # Where somebody was first, this process's commands wait, or a busy incident takes no alerts.
            return (yield from engine.turns.during(contended, attempt()))
        except VersionConflict as e:
            conflict = e
            contended |= {e.stream} if is_incident(e.stream) else frozenset()
    raise StoreBusy(f"{conflict}; others were first {ATTEMPTS} times, nothing was recorded") from conflict


def _recorded(engine: Engine, share: _Share, context: Context) -> Steps[tuple[_Routed, Receipt]]:
    weight = len(share.signals) + len(share.command.delivery.rejected)
    routed = yield from weighed(engine.disk, weight, partial(_routed, engine, share, context))
    receipt = yield from record(engine, _recording(routed.parts, context))
    return routed, receipt


def _tell_late(engine: Engine, routed: _Routed, receipt: Receipt, context: Context) -> Steps[None]:
    def attempt() -> Steps[None]:
        parts = late_ends(engine, routed.ended, routed.size, receipt.rows[0].position, context)
        if parts:
            yield from record(engine, _recording(parts, context))

    try:
        yield from _insisting(engine, attempt)
    except LedgerError:
        # The delivery is in the log; to send it again would not help these incidents.
        log.exception("an incident was not told the end of its alert", delivery=routed.parts[0].items[0].id)


def _recording(parts: tuple[Decided, ...], context: Context) -> Recording:
    principal = context.principal
    roles = tuple({ROLE}.intersection(principal.roles))
    return Recording(parts=parts, principal=principal, roles=roles, now=context.now)


def _routed(engine: Engine, share: _Share, context: Context) -> _Routed:
    size, command = engine.store.head().size, share.command
    arrived: tuple[Decided, ...] = ()
    cause = share.cause
    if cause is None:
        items = tuple(Item(fact=fact, id=engine.new_id()) for fact in source.decide(command, context))
        arrived = (Decided(stream=source_stream(command.delivery.source), version=None, items=items),)
        cause = items[0].id
    routing = Routing(engine, context, command.delivery_id, cause=cause)
    return _Routed(
        parts=(*arrived, *routing.route(share.signals)),
        received=routing.received,
        duplicates=routing.duplicates,
        incidents=routing.incidents,
        ended=tuple(routing.ended),
        size=size,
    )
