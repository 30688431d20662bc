"""Heads facts: how far every stream had come, recorded daily and for each export (design 4, R-SVC-05).

Whoever is given some streams can tell by them that none was cut: see `ledger.heads`.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import timedelta

import msgspec

from application.engine import Engine
from application.insisting import insisting
from application.reading import recorded
from application.recording import Decided, Item, Recording, record
from application.steps import Steps
from domain.context import Principal
from domain.heads_facts import HeadsRecorded
from ledger.errors import IntegrityError
from ledger.event import format_time
from ledger.heads import STREAM, HeadRecord, HeadsTree, heads_tree
from ledger.store.contract import Reader, Row
from ledger.store.rows import open_row


class Stated(msgspec.Struct, frozen=True, kw_only=True):
    """A heads fact as recorded."""

    fact: HeadsRecorded
    position: int
    version: int
    recordedtime: str


LEDGER = Principal(id="p-ledger", type="system")
EVERY = timedelta(days=1)

_BATCH = 500


def tree_of_heads(store: Reader, size: int, wanted: Container[str] = ()) -> HeadsTree:
    """Return the tree over the heads of all streams as of ``size`` entries, with the paths of ``wanted``."""
    return heads_tree(_records(store, size), wanted)


def heads_fact(store: Reader, size: int) -> HeadsRecorded:
    """Return the fact that states the heads of all streams as of ``size`` entries."""
    tree = tree_of_heads(store, size)
    return HeadsRecorded(size=size, streams=tree.streams, root=tree.root.hex())


def newest_heads(store: Reader, size: int) -> Stated | None:
    """Return the newest heads fact among the first ``size`` entries, None where there is none."""
    head = store.stream_heads([STREAM]).get(STREAM)
    for version in range(head.version if head else 0, 0, -1):
        (row,) = store.stream_rows(STREAM, version - 1, 1)
        if row.position < size:
            return _stated(row)
    return None


def record_heads(engine: Engine) -> Steps[None]:
    """Return once a heads fact covers everything that was committed before; raises as `record` does.

    Nothing is recorded where the newest one does already.
    """
    yield from insisting(engine, lambda: _attempt(engine))


def record_daily_heads(engine: Engine) -> Steps[None]:
    """Do as `record_heads` if the newest heads fact is a day old, or there is none."""
    newest = newest_heads(engine.store, engine.store.head().size)
    if newest is None or newest.recordedtime <= format_time(engine.clock() - EVERY):
        yield from record_heads(engine)


def _attempt(engine: Engine) -> Steps[None]:
    fact: HeadsRecorded | None
    version, fact = yield engine.disk.submit(_due, engine)
    if fact is None:
        return
    # At this version: sizes ascend, whoever else states heads meanwhile.
    part = Decided(stream=STREAM, version=version, items=(Item(fact=fact, id=engine.new_id()),))
    yield from record(engine, Recording(parts=(part,), principal=LEDGER, roles=(), now=engine.clock()))


def _due(engine: Engine) -> tuple[int, HeadsRecorded | None]:
    size = engine.store.head().size
    newest = newest_heads(engine.store, size)
    if newest is not None and newest.fact.size == newest.position == size - 1:
        return newest.version, None
    return 0 if newest is None else newest.version, heads_fact(engine.store, size)


def _records(store: Reader, size: int) -> Iterator[HeadRecord]:
    after = ""
    while rows := store.newest_rows(size, after, _BATCH):
        for row in rows:
            open_row(row)
            yield HeadRecord(row.stream, row.version, row.leaf_hash.hex())
        after = rows[-1].stream


def _stated(row: Row) -> Stated:
    found = recorded(row)
    if not isinstance(found.fact, HeadsRecorded):
        raise IntegrityError(f"entry {row.position}", "heads of streams", found.type)
    return Stated(
        fact=found.fact, position=row.position, version=row.version, recordedtime=found.recordedtime
    )
