"""From decided facts to an append request: sealed first, so that no clear text ever reaches the log.

The vault's rows and the blobs are durable before the append: a crash in between leaves rows that
no fact names, never a fact without its row.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any

import msgspec

from application.datakeys import DataKeyMoved
from application.engine import Engine
from application.sealing import Pending, join, seal_fact
from domain.context import Principal
from domain.facts import Fact, encode, happened_at, type_name
from ledger.append import AppendRequest, Draft, Part, Receipt
from ledger.event import format_time
from ledger.store.contract import CommandRow

SEALING_ATTEMPTS = 5


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """Facts for one stream, decided at ``version``; None appends whatever the version is.

    ``ids`` are the events' own, drawn once; ``causes`` the ids of the facts they react to.
    """

    stream: str
    version: int | None
    facts: tuple[Fact, ...]
    ids: tuple[str, ...]
    cause: str | None = None
    incident: str | None = None


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """What one command came to, and who asked."""

    parts: tuple[Decided, ...]
    principal: Principal
    roles: tuple[str, ...]
    now: datetime
    command: CommandRow | None = None


def record(engine: Engine, recording: Recording) -> Generator[Future[Any], Any, Receipt]:
    """Return the receipt of the facts once they are on durable storage; a use case delegates to it.

    Raises as `Writer.submit` does, and what the vault and the blobs raise.
    """
    for attempt in range(SEALING_ATTEMPTS):
        sealed = [_seal(engine, part) for part in recording.parts]
        pending = join(p for _, p in sealed)
        try:
            if pending.rows:
                yield engine.vault.submit(pending.rows, pending.keys)
            break
        except DataKeyMoved:
            # Another process was first with a stream's key; sealed again, its key is found.
            if attempt + 1 == SEALING_ATTEMPTS:
                raise
    if pending.blobs:
        yield engine.disk.submit(_put_blobs, engine, pending)
    parts = tuple(
        _part(recording, part, facts) for part, (facts, _) in zip(recording.parts, sealed, strict=True)
    )
    receipt: Receipt = yield engine.writer.submit(AppendRequest(parts, recording.command))
    return receipt


def _seal(engine: Engine, part: Decided) -> tuple[tuple[Fact, ...], Pending]:
    sealed = [seal_fact(fact, part.stream, engine.vault) for fact in part.facts]
    return tuple(fact for fact, _ in sealed), join(pending for _, pending in sealed)


def _put_blobs(engine: Engine, pending: Pending) -> None:
    for content in pending.blobs:
        engine.blobs.put(content)


def _part(recording: Recording, part: Decided, facts: Sequence[Fact]) -> Part:
    drafts = (_draft(recording, part, fact, i) for fact, i in zip(facts, part.ids, strict=True))
    return Part(part.stream, part.version, tuple(drafts))


def _draft(recording: Recording, part: Decided, fact: Fact, event_id: str) -> Draft:
    return Draft(
        id=event_id,
        type=type_name(fact),
        time=happened_at(fact) or format_time(recording.now),
        authtype=recording.principal.type,
        authid=recording.principal.id,
        authroles=tuple(sorted(recording.roles)),
        correlationid=part.incident,
        causationid=part.cause,
        data=encode(fact),
    )
