"""What child writers acknowledged, and whether a log keeps it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ledger.merkle import root
from ledger.tile import tile_reader
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.store.sqlite import SqliteStore
    from tests.support.processes import Child, Children


def start_appender(children: Children, database: Path, seed: bytes, *streams: str) -> Child:
    """Return a running `tests.support.appender`."""
    return children.start(sys.executable, "-m", "tests.support.appender", str(database), seed.hex(), *streams)


def promised(child: Child) -> list[str]:
    """Return the leaf hashes that ``child`` has acknowledged so far; a line without its end is none."""
    *lines, _ = child.output().split("\n")
    hashes = " ".join(lines).split()
    assert all(len(leaf) == 64 for leaf in hashes), child.output()[-2_000:]
    return hashes


def more_than(child: Child, count: int) -> None:
    """Return as soon as ``child`` has acknowledged more than ``count`` entries."""
    wait_until(lambda: len(promised(child)) > count, what=f"receipt {count + 1}")


def leaves(store: SqliteStore) -> list[str]:
    """Return the leaf hashes of the log, whose positions must be dense and whose root must be the head's."""
    head = store.head()
    rows = store.rows(0, head.size + 1)
    assert [row.position for row in rows] == list(range(head.size))
    assert root(head.size, tile_reader(store.read_tile, head.size)) == head.root
    return [row.leaf_hash.hex() for row in rows]
