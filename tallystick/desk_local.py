"""The desk of a home on this machine: the same use cases as behind HTTP, in this process.

Other processes may serve the same home meanwhile: the database orders what both append.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import msgspec

from application.acting import ActRequest, Idempotency, act
from application.engine import Engine
from application.steps import run
from application.views import (
    NOW,
    At,
    IncidentView,
    TimelineView,
    incident,
    incidents,
    resolve,
    timeline_file,
    timeline_view,
)
from domain.refusal import Refusal
from ledger.append import Receipt
from tallystick.desk import Done, Entry, NotDone, Order
from tallystick.publishing import publish_now
from tallystick.settings import Settings
from tallystick.tokens import OPERATOR
from tallystick.wiring import open_engine

T = TypeVar("T")
PUBLISHED_WITHIN_S = 10.0
_POLL_S = 0.05


@contextmanager
def local_desk(settings: Settings, *, read_only: bool) -> Iterator[LocalDesk]:
    """Open the home of ``settings``; raises as `open_engine` does."""
    with open_engine(settings, read_only=read_only) as engine:
        engine.follower.catch_up()
        yield LocalDesk(engine, settings)


class LocalDesk:
    """Hands commands to the ledger in a home, in the operator's name."""

    def __init__(self, engine: Engine, settings: Settings) -> None:
        self._engine, self._settings = engine, settings

    def act(self, order: Order) -> Done:
        """Return what was recorded, under a checkpoint of ours unless a service publishes here."""
        stream = None if order.incident is None else self._resolve(order.incident)
        request = ActRequest(
            command=order.command,
            stream=stream,
            principal=OPERATOR,
            expected=order.expected,
            idempotency=None if order.key is None else Idempotency(order.key, _request_hash(order, stream)),
        )
        outcome = run(act(self._engine, request))
        if isinstance(outcome, Refusal):
            raise refused(outcome)
        publish_now(self._settings, self._engine)
        return _done(outcome, self._published(outcome) if order.wait else None)

    def incidents(self) -> Sequence[IncidentView]:
        """Return all incidents, by number."""
        return incidents(self._engine)

    def incident(self, name: str, at: At = NOW) -> IncidentView:
        """Return an incident as it was."""
        return _there(incident(self._engine, self._resolve(name), at), name)

    def timeline(self, name: str, at: At = NOW) -> TimelineView:
        """Return the timeline of an incident as it was."""
        return _there(timeline_view(self._engine, self._resolve(name), at), name)

    def timeline_file(self, name: str, at: At = NOW, *, readable: bool = False) -> bytes:
        """Return the timeline artifact."""
        return _there(timeline_file(self._engine, self._resolve(name), at, readable=readable), name)

    def _resolve(self, name: str) -> str:
        return _there(resolve(self._engine, name), name)

    def _published(self, receipt: Receipt) -> int | None:
        last, deadline = receipt.rows[-1].position, time.monotonic() + PUBLISHED_WITHIN_S
        while time.monotonic() < deadline:
            newest = self._engine.store.newest_publication()
            if newest is not None and newest.size > last:
                return newest.size
            time.sleep(_POLL_S)
        return None


def refused(refusal: Refusal) -> NotDone:
    """Return the rules' refusal as the desk says it."""
    difference = "" if refusal.expected is None else f": expected {refusal.expected}, found {refusal.found}"
    return NotDone(refusal.code, refusal.message + difference)


def _there(found: T | None, name: str) -> T:
    if found is None:
        raise NotDone("NOT_FOUND", f"incident {name}: expected one in this ledger at that time, found none")
    return found


def _done(receipt: Receipt, published: int | None) -> Done:
    entries = tuple(
        Entry(position=r.position, stream=r.stream, version=r.version, type=r.type, leaf=r.leaf_hash.hex())
        for r in receipt.rows
    )
    return Done(incident=entries[0].stream, entries=entries, replayed=receipt.replayed, published=published)


def _request_hash(order: Order, stream: str | None) -> bytes:
    body = msgspec.json.encode([stream, order.command, order.expected])
    return hashlib.sha256(body).digest()
