"""A monitoring tool's message becomes facts: the delivery, each alert, and the incidents they concern.

All of it is one append request: either the delivery and everything that follows from it are in
the log, or the sender gets an error and tries again.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from concurrent.futures import Future
from typing import Any

import msgspec

from application.engine import Engine
from application.recording import Decided, Recording, record
from application.routing import Routing
from domain import source
from domain.context import Context, Principal
from domain.machine import ReceiveDelivery
from domain.prose import prose
from domain.signal import Delivery
from domain.streams import source_stream
from ledger.append import Receipt
from ledger.errors import VersionConflict

ATTEMPTS = 16
"""How often a delivery is decided anew when others write to the same alerts or incidents."""


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a delivery."""

    receipt: Receipt
    delivery_id: str
    received: int
    duplicates: int
    rejected: int
    truncated: int
    incidents: tuple[str, ...]


Taking = Generator["Future[Any]", Any, Intake]


def receive(
    engine: Engine, delivery: Delivery, body: bytes, headers: Mapping[str, str], principal: Principal
) -> Taking:
    """Return what a decoded delivery came to, once all its facts are on durable storage.

    ``body`` is kept as it came, encrypted. Raises as `Writer.submit` does; nothing is recorded then.
    """
    stream = source_stream(delivery.source)
    turn = engine.turns.take(stream)
    try:
        yield turn
        return (yield from _route_and_record(engine, delivery, body, headers, principal))
    finally:
        engine.turns.done(stream, turn)


def _route_and_record(
    engine: Engine, delivery: Delivery, body: bytes, headers: Mapping[str, str], principal: Principal
) -> Taking:
    now = engine.clock()
    command = ReceiveDelivery(
        delivery_id=engine.new_id(),
        delivery=delivery,
        raw=prose(body),
        headers=prose(sorted(headers.items())) if headers else None,
    )
    for attempt in range(ATTEMPTS):
        context = Context(principal=principal, now=now, policies=engine.policies, profile=engine.profile)
        routing = Routing(engine, context, command.delivery_id)
        parts = (_source_part(engine, command, context), *routing.route(delivery.signals))
        recording = Recording(parts=parts, principal=principal, roles=principal.roles, now=now)
        try:
            receipt = yield from record(engine, recording)
        except VersionConflict:
            if attempt + 1 == ATTEMPTS:
                raise
        else:
            return _intake(receipt, command, routing)
    raise AssertionError("the last attempt returns or raises")


def _intake(receipt: Receipt, command: ReceiveDelivery, routing: Routing) -> Intake:
    return Intake(
        receipt=receipt,
        delivery_id=command.delivery_id,
        received=routing.received,
        duplicates=routing.duplicates,
        rejected=len(command.delivery.rejected),
        truncated=command.delivery.truncated,
        incidents=routing.incidents,
    )


def _source_part(engine: Engine, command: ReceiveDelivery, context: Context) -> Decided:
    facts = source.decide(command, context)
    return Decided(
        stream=source_stream(command.delivery.source),
        version=None,
        facts=facts,
        ids=tuple(engine.new_id() for _ in facts),
    )
