"""Deliveries of which nothing could be read: where they came from, why, and their exact bytes.

A dead letter is no row of its own: it is a `DeliveryReceived` without a signal, recorded in the transaction
in which its record was taken in, with the rejection right behind it and the message kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct, ValidationError, convert

from application.engine import Engine
from application.kept_message import message_of
from application.reading import recorded
from application.unsealing import open_values
from domain.facts import NAMES
from domain.prose import Prose
from domain.signal import Origin
from domain.source_facts import DeliveryReceived, SignalRejected
from ledger.errors import IntegrityError

BATCH = 500
_CAME = NAMES[DeliveryReceived]


class DeadLetter(Struct, frozen=True, kw_only=True):
    """One of them; ``position`` is where the log has it, ``replay_of`` the delivery that it repeats."""

    position: int
    delivery_id: str
    recordedtime: str
    source: str
    format: str
    reason: str
    place: str
    expected: str
    origin: Origin | None
    replay_of: str | None


class Letter(Struct, frozen=True):
    """What a message was: its exact bytes, and its headers as they were kept."""

    body: bytes
    headers: tuple[tuple[str, str], ...]


def dead_letters(engine: Engine, first: int = 0, end: int | None = None) -> Iterator[DeadLetter]:
    """Yield the dead letters among the entries from position ``first`` on, before ``end``, in order."""
    while rows := engine.store.rows_of_type([_CAME], first, BATCH):
        for row in rows:
            if end is not None and row.position >= end:
                return
            fact = recorded(row).fact
            if isinstance(fact, DeliveryReceived) and is_dead(fact):
                yield _letter(engine, row.position, recorded(row).recordedtime, fact)
        first = rows[-1].position + 1


def find(engine: Engine, delivery_id: str) -> DeadLetter | None:
    """Return the dead letter of a delivery, None where there is none."""
    return next((item for item in dead_letters(engine) if item.delivery_id == delivery_id), None)


def is_dead(fact: DeliveryReceived) -> bool:
    """Return whether nothing of a delivery could be read."""
    return fact.rejected > 0 and not (fact.alerts or fact.remarks or fact.changes or fact.silences)


def letter_of(engine: Engine, dead: DeadLetter) -> Letter:
    """Return the message of a dead letter; raises `IntegrityError` where it is lost or erased."""
    (row,) = engine.store.rows(dead.position, 1)
    fact = recorded(row).fact
    if not isinstance(fact, DeliveryReceived):
        raise IntegrityError(f"entry {dead.position}", "a delivery", type(fact).__name__)
    body = message_of(fact.raw, engine.vault, engine.blobs)
    return Letter(body, _headers(engine, fact.headers))


def _headers(engine: Engine, headers: Prose | None) -> tuple[tuple[str, str], ...]:
    reference = None if headers is None else headers.sealed or headers.blob
    if reference is None:
        return ()
    value = open_values([reference], engine.vault, engine.blobs).get(reference.c)
    try:
        return convert(value, tuple[tuple[str, str], ...])
    except ValidationError as error:
        raise IntegrityError(f"value {reference.c}", "the headers of a delivery", error) from error


def _letter(engine: Engine, position: int, recordedtime: str, fact: DeliveryReceived) -> DeadLetter:
    # The rejection is the next entry of the same stream: both were recorded in one append, in this order.
    rows = engine.store.rows(position + 1, 1)
    following = recorded(rows[0]).fact if rows else None
    why = following if isinstance(following, SignalRejected) else None
    return DeadLetter(
        position=position,
        delivery_id=fact.delivery_id,
        recordedtime=recordedtime,
        source=fact.source,
        format=fact.format,
        reason="unknown" if why is None else why.reason_code,
        place="" if why is None else why.place,
        expected="" if why is None else why.expected,
        origin=fact.origin,
        replay_of=fact.replay_of,
    )


def replays(engine: Engine) -> Mapping[str, int]:
    """Return how often each delivery was taken in again."""
    found: dict[str, int] = {}
    first = 0
    while rows := engine.store.rows_of_type([_CAME], first, BATCH):
        for row in rows:
            fact = recorded(row).fact
            if isinstance(fact, DeliveryReceived) and fact.replay_of is not None:
                found[fact.replay_of] = found.get(fact.replay_of, 0) + 1
        first = rows[-1].position + 1
    return found
