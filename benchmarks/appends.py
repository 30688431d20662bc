"""Durable signed appends against the stock SQLite recorder of eventsourcing saving the same unsigned events."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from benchmarks.measure import Rate, rate, ratio, shown
from benchmarks.table import Table
from ledger import canonical
from ledger.append import AppendRequest, Part
from ledger.writer import Writer
from tests.support.ledgers import draft, new_ledger

EVENTS = 3_000
DATA = {"text": "x" * 120, "n": 1, "reason": "y" * 60}
BATCHES = (1, 10, 100, 500)
CALLERS = (1, 32, 256)


def measure() -> Table:
    """Return the section on appends."""
    with stock() as save:
        by_batch = {n: rate(EVENTS, partial(save_in, save, n)) for n in BATCHES}
    one_by_one = by_batch[1]
    rows = []
    with ledger() as writer:
        for n in BATCHES:
            ours = rate(EVENTS, partial(append_in, writer, n))
            rows.append(_row(f"{n} a batch, 1 caller", ours, one_by_one, by_batch[n]))
        for callers in CALLERS:
            ours = rate(EVENTS, partial(append_from, writer, callers))
            rows.append(_row(f"1 a request, {callers} callers", ours, one_by_one, by_batch[1]))
    return Table(
        "Durable appends",
        "Signed, chained, in the Merkle tree, on disk (`synchronous=FULL`), against the stock recorder saving the "
        "same events unsigned: one by one, and in the same batch. About 550 bytes of event. Aim: 4 times stock one "
        "by one from 32 callers.",
        ("case", "Tallystick", "stock, same batch", "ratio to same batch", "ratio to stock one by one"),
        rows,
    )


def _row(case: str, ours: Rate, one_by_one: Rate, same: Rate) -> tuple[str, ...]:
    return case, shown(ours), shown(same), ratio(ours, same), ratio(ours, one_by_one)


@contextmanager
def ledger() -> Iterator[Writer]:
    """A real ledger in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir="."))
    store, writer = new_ledger(folder)
    try:
        yield writer
    finally:
        writer.close()
        store.close()
        shutil.rmtree(folder)


@contextmanager
def stock() -> Iterator[Callable[[list[StoredEvent]], object]]:
    """The library's recorder on a file."""
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir="."))
    datastore = SQLiteDatastore(str(folder / "stock.db"), originator_id_type="text")
    recorder = SQLiteApplicationRecorder(datastore)
    recorder.create_table()
    try:
        yield recorder.insert_events
    finally:
        datastore.close()
        shutil.rmtree(folder)


_serial = count()


def save_in(save: Callable[[list[StoredEvent]], object], size: int) -> None:
    """Save the events with the stock recorder, ``size`` at once."""
    state = canonical.encode({**DATA, "envelope": "z" * 400}, "event")
    for _ in range(EVENTS // size):
        stream = f"stock-{next(_serial)}"
        save([StoredEvent(stream, i + 1, "test.noted.v1", state) for i in range(size)])


def append_in(writer: Writer, size: int) -> None:
    """Append the events, ``size`` a request."""
    for _ in range(EVENTS // size):
        writer.append(_request(f"s-{next(_serial)}", size))


def append_from(writer: Writer, callers: int) -> None:
    """Append the events one a request, from as many threads, each in a stream of its own."""
    share = EVENTS // callers

    def work(caller: str) -> None:
        for _ in range(share):
            writer.append(_request(caller, 1))

    with ThreadPoolExecutor(callers) as pool:
        list(pool.map(work, [f"c-{next(_serial)}" for _ in range(callers)]))


def _request(stream: str, size: int) -> AppendRequest:
    return AppendRequest((Part(stream, None, tuple(draft(dict(DATA)) for _ in range(size))),))
