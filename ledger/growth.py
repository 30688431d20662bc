"""How the tree grows with a batch of entries: the new head and the tiles that became full."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.keyfacts import STREAM as KEYS
from ledger.merkle import extend, frontier_root
from ledger.store.contract import Head, Row, Transaction
from ledger.store.tiles import completed_tiles


def grown(head: Head, rows: Sequence[Row]) -> Head:
    """Return the head after ``rows``, which follow it densely."""
    frontier, size, keys_position = head.frontier, head.size, head.keys_position
    for row in rows:
        frontier, size = extend(frontier, size, row.leaf_hash), size + 1
        if row.stream == KEYS:
            keys_position = row.position
    return Head(size, frontier_root(frontier), frontier, keys_position)


def settle(tx: Transaction, old: Head, rows: Sequence[Row]) -> Head:
    """Store the head and the full tiles after ``rows`` were inserted; return the head."""
    new = grown(old, rows)
    # Lower levels first: a full tile of the level above is computed from stored ones.
    for tile in completed_tiles(old.size, new.size):
        tx.insert_tile(tile, tx.read_tile(tile))
    tx.set_head(new)
    return new
