"""``log fsck``: recomputes everything the store claims from the entries themselves.

Rows against envelopes, signatures, chains, the tree, its tiles, the head, every signed
checkpoint. Yields what is wrong and goes on, so that one run shows the whole damage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ledger.audit import Audit
from ledger.errors import IntegrityError
from ledger.finding import Finding, finding
from ledger.keyring import log_keys
from ledger.merkle import extend, frontier_root
from ledger.openany import open_any
from ledger.store.contract import Row, SignedCheckpoint, Store
from ledger.store.rows import open_row
from ledger.store.tiles import completed_tiles
from ledger.tile import tile_path

BATCH = 500
Progress = Callable[[int, int], None]


def no_progress(done: int, total: int) -> None:
    """Show nothing."""


class Fsck:
    """One pass over a store. ``audit`` afterwards holds the keyring and the number of streams."""

    def __init__(self, store: Store, origin: str, progress: Progress = no_progress) -> None:
        self._store, self._progress = store, progress
        self._frontier: tuple[bytes, ...] = ()
        self._size = 0
        self.audit = Audit(origin)

    def run(self) -> Iterator[Finding]:
        """Yield everything that does not hold, in the order of the log, then the head."""
        end = self._store.head().size
        checkpoints = self._store.checkpoints()
        due = next(checkpoints, None)
        while rows := self._store.rows(self._size, min(BATCH, end - self._size)):
            for row in rows:
                yield from self._row(row)
                while due is not None and due.size == self._size:
                    yield from self._checkpoint(due)
                    due = next(checkpoints, None)
            self._progress(self._size, end)
        if due is not None and due.size <= end:
            yield Finding(
                "checkpoint", f"checkpoint {due.size}", f"at most {self._size} entries", str(due.size)
            )
        yield from self._head(end)

    def _row(self, row: Row) -> Iterator[Finding]:
        if row.position != self._size:
            yield Finding("position", f"entry {self._size}", str(self._size), str(row.position))
        try:
            open_row(row)
        except IntegrityError as e:
            yield finding("row", e)
        _, wrong = self.audit.entry(row.position, row.envelope)
        yield from wrong
        self._frontier = extend(self._frontier, self._size, row.leaf_hash)
        self._size += 1
        yield from self._tiles()

    def _tiles(self) -> Iterator[Finding]:
        for tile in completed_tiles(self._size - 1, self._size):
            stored, computed = self._store.stored_tile(tile), self._store.computed_tile(tile)
            if stored != computed:
                found = "none" if stored is None else stored.hex()[:64]
                yield Finding("tile", tile_path(tile), computed.hex()[:64], found)

    def _checkpoint(self, signed: SignedCheckpoint) -> Iterator[Finding]:
        place = f"checkpoint {signed.size}"
        computed = frontier_root(self._frontier)
        if signed.root != computed:
            yield Finding("checkpoint", f"{place}, root", computed.hex(), signed.root.hex())
        try:
            opened = open_any(signed.note, log_keys(self.audit.keyring, signed.size))
        except IntegrityError as e:
            yield finding("checkpoint", e)
            return
        if (opened.size, opened.root) != (signed.size, signed.root):
            yield Finding(
                "checkpoint", f"{place}, note", f"root {signed.root.hex()}", f"root {opened.root.hex()}"
            )

    def _head(self, end: int) -> Iterator[Finding]:
        head, root = self._store.head(), frontier_root(self._frontier)
        if self._size != end:
            yield Finding("head", "size", str(self._size), str(end))
        elif head.size == end and (head.root, head.frontier) != (root, self._frontier):
            yield Finding("head", f"root at size {end}", root.hex(), head.root.hex())
        if head.size == end and head.keys_position != self.audit.keyring.position:
            yield Finding("head", "keys_position", str(self.audit.keyring.position), str(head.keys_position))
