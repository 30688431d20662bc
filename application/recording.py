"""From decided facts to an append request: sealed first, so that no clear text ever reaches the log.

The vault's rows and the blobs are durable before the append: a crash in between leaves rows that
no fact names, never a fact without its row.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from application.datakeys import DataKeyMoved
from application.engine import Engine
from application.sealing import Pending, join, seal_fact
from application.steps import Steps, weighed
from domain.context import Principal
from domain.facts import Fact, encode, happened_at, type_name
from ledger.append import AppendRequest, Draft, Part, Receipt
from ledger.errors import ReadOnly
from ledger.event import format_time
from ledger.sourceoffset import Advance, Reposition
from ledger.store.contract import CommandRow

SEALING_ATTEMPTS = 5


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A decided fact and its event's ``id``, drawn once.

    ``cause`` is the id of the fact it reacts to, ``incident`` the stream of the incident it concerns.
    """

    fact: Fact
    id: str
    cause: str | None = None
    incident: str | None = None


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """Facts for one stream, decided at ``version``; None appends whatever the version is.

    Without facts it only demands that the stream is still at ``version``. ``at`` is the recorded time
    that the decision read, if it read any.
    """

    stream: str
    version: int | None
    items: tuple[Item, ...]
    at: str | None = None


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """What one command came to, and who asked by which roles."""

    parts: tuple[Decided, ...]
    principal: Principal
    roles: tuple[str, ...]
    now: datetime
    command: CommandRow | None = None
    advances: tuple[Advance | Reposition, ...] = ()


def record(engine: Engine, recording: Recording) -> Steps[Receipt]:
    """Return the receipt of the facts once they are on durable storage; a use case delegates to it.

    Raises as `Writer.submit` does, and what the vault and the blobs raise.
    """
    check_writable(engine)
    parts, pending = yield from _sealed_and_kept(engine, recording)
    if pending.blobs:
        yield engine.disk.submit(_put_blobs, engine, pending)
    receipt: Receipt = yield engine.writer.submit(
        AppendRequest(parts, recording.command, advances=recording.advances)
    )
    return receipt


def check_writable(engine: Engine) -> None:
    """Raise `ReadOnly` before anything is sealed: what cannot be appended leaves nothing in the vault."""
    if (refusal := engine.writer.refusal) is not None:
        raise ReadOnly(str(refusal))


def _sealed_and_kept(engine: Engine, recording: Recording) -> Steps[tuple[tuple[Part, ...], Pending]]:
    """Return the parts with every text sealed, the vault's rows of them being durable."""
    weight = sum(len(part.items) for part in recording.parts)
    for attempt in range(SEALING_ATTEMPTS):
        parts, pending = yield from weighed(engine.disk, weight, lambda: _sealed(engine, recording))
        try:
            if pending.rows:
                yield engine.vault.submit(pending.rows, pending.keys)
        except DataKeyMoved:
            # Another process was first with a stream's key; sealed again, its key is found.
            if attempt + 1 == SEALING_ATTEMPTS:
                raise
        else:
            break
    return parts, pending


def _sealed(engine: Engine, recording: Recording) -> tuple[tuple[Part, ...], Pending]:
    pending: list[Pending] = []

    def drafted(part: Decided, item: Item) -> Draft:
        fact, kept = seal_fact(item.fact, part.stream, engine.vault)
        pending.append(kept)
        return _draft(recording, item, fact, part.at)

    parts = tuple(
        Part(part.stream, part.version, tuple(drafted(part, item) for item in part.items))
        for part in recording.parts
    )
    return parts, join(pending)


def _put_blobs(engine: Engine, pending: Pending) -> None:
    for content in pending.blobs:
        engine.blobs.put(content)


def _draft(recording: Recording, item: Item, fact: Fact, at: str | None) -> Draft:
    return Draft(
        id=item.id,
        type=type_name(fact),
        time=happened_at(fact) or format_time(recording.now),
        authtype=recording.principal.type,
        authid=recording.principal.id,
        authroles=tuple(sorted(recording.roles)),
        correlationid=item.incident,
        causationid=item.cause,
        data=encode(fact),
        decidedtime=at,
    )
