"""A monitoring tool's message becomes facts: the delivery, each alert, and the incidents they concern.

All of it is one append request: either the delivery and everything that follows from it are in
the log, or the sender gets an error and tries again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from domain.signal import Delivery
from domain.streams import is_incident, source_stream
from ledger.append import Receipt
from ledger.errors import LedgerError, StoreBusy, VersionConflict

T = TypeVar("T")

log = structlog.get_logger(__name__)

ATTEMPTS = 16
"""How often a delivery is decided anew when others write to the same alerts or incidents."""

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
    context = Context(
        principal=principal, now=engine.clock(), policies=engine.policies, profile=engine.profile
    )
    routed, receipt = yield from _insisting(engine, lambda: _recorded(engine, command, context))
    if routed.ended:
        yield from _tell_late(engine, routed, receipt, context)
    return Intake(
        receipt=receipt,
        delivery_id=command.delivery_id,
        received=routed.received,
        duplicates=routed.duplicates,
        rejected=len(command.delivery.rejected),
        truncated=command.delivery.truncated,
        incidents=routed.incidents,
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


def _recorded(engine: Engine, command: ReceiveDelivery, context: Context) -> Steps[tuple[_Routed, Receipt]]:
    weight = len(command.delivery.signals) + len(command.delivery.rejected)
    routed = yield from weighed(engine.disk, weight, partial(_routed, engine, command, context))
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


def _routed(engine: Engine, command: ReceiveDelivery, context: Context) -> _Routed:
    size = engine.store.head().size
    items = tuple(Item(fact=fact, id=engine.new_id()) for fact in source.decide(command, context))
    arrived = Decided(stream=source_stream(command.delivery.source), version=None, items=items)
    routing = Routing(engine, context, command.delivery_id, cause=items[0].id)
    return _Routed(
        parts=(arrived, *routing.route(command.delivery.signals)),
        received=routing.received,
        duplicates=routing.duplicates,
        incidents=routing.incidents,
        ended=tuple(routing.ended),
        size=size,
    )
