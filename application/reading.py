"""Entries of the log as recorded facts: verified against their envelope, then decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from domain.facts import Fact, decode
from domain.recorded import Recorded, UnknownFact
from ledger.errors import IntegrityError
from ledger.event import Event
from ledger.store.contract import Reader, Row
from ledger.store.rows import open_row

RecordedFact = Recorded[Fact | UnknownFact]
BATCH = 500


def recorded(row: Row) -> RecordedFact:
    """Return the fact in ``row`` with its place; raises `IntegrityError` when the row does not hold."""
    _, event = open_row(row)
    return place(event, row.position, row.leaf_hash.hex())


def place(event: Event, position: int, leaf: str) -> RecordedFact:
    """Return the fact of an event at its place in the log."""
    try:
        fact = decode(event.type, event.data)
    except ValueError as e:
        raise IntegrityError(f"entry {position}", f"a fact of type {event.type}", e) from e
    return Recorded(
        fact=fact,
        type=event.type,
        position=position,
        stream=event.subject,
        version=event.streamversion,
        leaf=leaf,
        id=event.id,
        time=event.time,
        recordedtime=event.recordedtime,
        authtype=event.authtype,
        authid=event.authid,
        authroles=event.authroles,
        correlationid=event.correlationid,
        causationid=event.causationid,
    )


def stream_facts(store: Reader, stream: str) -> tuple[RecordedFact, ...]:
    """Return the facts of a stream in order."""
    return tuple(recorded(row) for row in store.stream_rows(stream))


def log_facts(store: Reader, first: int, end: int, wanted: Callable[[str], bool]) -> Iterator[RecordedFact]:
    """Yield the facts at positions ``first`` up to ``end`` that belong to ``wanted`` streams."""
    for row in log_rows(store, first, end):
        if wanted(row.stream):
            yield recorded(row)


def log_rows(store: Reader, first: int, end: int) -> Iterator[Row]:
    """Yield the rows at positions ``first`` up to ``end``, in batches that keep memory flat."""
    while first < end:
        rows = store.rows(first, min(BATCH, end - first))
        if not rows:
            raise IntegrityError("log", f"{end} entries", f"{first}")
        yield from rows
        first += len(rows)
