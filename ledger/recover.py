"""``recover``: appends the entries a restored database lacks, byte for byte, from another copy.

What is appended was signed long ago: it is checked as the verifier checks it, entry by entry,
and accepted only if the resulting root is that of the other copy's signed checkpoint and of
every reference the restore guard holds. Everything happens in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from ledger.audit import Audit
from ledger.bundle import decode_bundle
from ledger.checkpoint import Checkpoint, peek_checkpoint
from ledger.errors import IntegrityError, RowRefused
from ledger.event import Event
from ledger.finding import Finding
from ledger.growth import settle
from ledger.guard import Reference, missing
from ledger.keyring import log_keys
from ledger.openany import open_any
from ledger.store.contract import Row, Store, Transaction
from ledger.store.rows import row_of
from ledger.tile import WIDTH, Tile, bundles_of, tile_path, tile_reader

BATCH = 500
ReadFile = Callable[[str], bytes]
"""Returns the bytes at a path of the other copy; raises `IntegrityError` or `StoreError`."""


class Recovered(msgspec.Struct, frozen=True):
    """How many entries there were, and how many there are."""

    before: int
    after: int


class Unrecoverable(IntegrityError):
    """The other copy does not continue this log; nothing was appended."""


def recover(
    store: Store, origin: str, read: ReadFile, references: Sequence[Reference], *, pinned: str | None = None
) -> Recovered:
    """Append what ``store`` lacks from the tlog-tiles directory behind ``read``.

    Without leaf 0 only ``pinned``, the log's vkey as its owner keeps it, can say whose log the copy is.
    Raises `IntegrityError` (place, expected, found) when the other copy is not a valid
    continuation of this log, or would leave a reference unfulfilled; then nothing is appended.
    """
    before = store.head().size
    if before == 0 and pinned is None:
        raise Unrecoverable("log", "leaf 0 at least, which names the first keys", "an empty log")
    audit = _audited(store, origin, before)
    note = read("checkpoint")
    target = peek_checkpoint(note)
    if target.size < before:
        raise Unrecoverable("other copy", f"at least {before} entries", target.size)
    with store.transaction() as tx:
        if tx.head().size != before:
            raise Unrecoverable("log", f"{before} entries, with the service stopped", tx.head().size)
        for rows in _batches(_rows(read, target.size, before, audit)):
            _append(tx, rows)
        # Opened last: the log key may have been replaced by a fact that was missing here.
        open_any(note, [pinned] if pinned and before == 0 else log_keys(audit.keyring, target.size))
        _check(tx, origin, target, references)
        return Recovered(before, tx.head().size)


def _append(tx: Transaction, rows: Sequence[Row]) -> None:
    try:
        tx.insert_rows(rows)
    except RowRefused as e:
        place = f"entries {rows[0].position} to {rows[-1].position}"
        raise Unrecoverable(place, "entries that fit into the log", e) from e
    settle(tx, tx.head(), rows)


def _audited(store: Store, origin: str, size: int) -> Audit:
    """Return the audit after the ``size`` entries this store has; raises when one of them does not hold."""
    audit = Audit(origin)
    for first in range(0, size, BATCH):
        for row in store.rows(first, min(BATCH, size - first)):
            _accept(audit, row.position, row.envelope)
    return audit


def _rows(read: ReadFile, size: int, first: int, audit: Audit) -> Iterator[Row]:
    for tile in bundles_of(size):
        start = tile.index * WIDTH
        if start + tile.width <= first:
            continue
        for offset, data in enumerate(_entries(read, tile)):
            position = start + offset
            if position >= first:
                yield row_of(position, _accept(audit, position, data), data)


def _entries(read: ReadFile, tile: Tile) -> tuple[bytes, ...]:
    place = tile_path(tile)
    entries = decode_bundle(read(place), place)
    if len(entries) != tile.width:
        raise Unrecoverable(place, f"{tile.width} entries", len(entries))
    return entries


def _accept(audit: Audit, position: int, data: bytes) -> Event:
    found = audit.entry(position, data)
    if found.event is None or found.wrong:
        raise _refused(found.wrong[0])
    return found.event


def _refused(wrong: Finding) -> Unrecoverable:
    return Unrecoverable(f"{wrong.kind}: {wrong.place}", wrong.expected, wrong.found)


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _check(tx: Transaction, origin: str, target: Checkpoint, references: Sequence[Reference]) -> None:
    head = tx.head()
    reader = tile_reader(tx.read_tile, head.size)
    for reference in (Reference("the other copy's checkpoint", target), *references):
        if (problem := missing(reference, origin, head.size, reader)) is not None:
            raise Unrecoverable("recovered log", "what was promised", problem)
