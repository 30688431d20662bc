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
from ledger.merkle import extend, frontier_root, leaf_hash
from ledger.openany import open_any
from ledger.store.contract import Row, SignedCheckpoint, Store
from ledger.store.rows import check_columns
from ledger.store.tiles import completed_tiles
from ledger.tile import WIDTH, Tile, tile_path

BATCH = 500
LEVELS = 8  # as many levels of full tiles as positions of 64 bits can have
Progress = Callable[[int, int], None]


def no_progress(done: int, total: int) -> None:
    """Show nothing."""


class Fsck:
    """One pass over a store, which may go on growing meanwhile. ``audit`` afterwards holds the keyring."""

    def __init__(self, store: Store, origin: str, progress: Progress = no_progress) -> None:
        self._store, self._progress = store, progress
        self._next = 0  # the position that comes next
        self._frontier: tuple[bytes, ...] = ()
        self._whole = True  # no entry is missing so far; without one there is no tree to compare
        self.audit = Audit(origin)

    def run(self) -> Iterator[Finding]:
        """Yield everything that does not hold, in the order of the log, then the head."""
        try:
            yield from self._everything()
        except IntegrityError as e:
            # The store itself lacks what it needs to answer.
            yield finding("store", e)

    def _everything(self) -> Iterator[Finding]:
        end = self._store.head().size
        checkpoints = self._store.checkpoints()
        due = next(checkpoints, None)
        while rows := self._store.rows(self._next, max(0, min(BATCH, end - self._next))):
            for row in rows:
                yield from self._row(row)
                while due is not None and due.size <= self._next:
                    yield from self._checkpoint(due)
                    due = next(checkpoints, None)
            self._progress(self._next, end)
        yield from self._head(end)
        yield from self._beyond(end, due)

    def _row(self, row: Row) -> Iterator[Finding]:
        if row.position != self._next:
            found = f"none before entry {row.position}"
            yield Finding("position", f"entry {self._next}", "an entry", found)
            self._next, self._whole = row.position, False
        audited = self.audit.entry(row.position, row.envelope)
        yield from audited.wrong
        if audited.event is not None:
            try:
                check_columns(row, audited.event)
            except IntegrityError as e:
                yield finding("row", e)
        self._next += 1
        if self._whole:
            self._frontier = extend(self._frontier, row.position, leaf_hash(row.envelope))
            yield from self._tiles()

    def _tiles(self) -> Iterator[Finding]:
        for tile in completed_tiles(self._next - 1, self._next):
            stored, computed = self._store.stored_tile(tile), self._store.computed_tile(tile)
            if stored != computed:
                found = "none" if stored is None else stored.hex()[:64]
                yield Finding("tile", tile_path(tile), computed.hex()[:64], found)

    def _checkpoint(self, signed: SignedCheckpoint) -> Iterator[Finding]:
        place = f"checkpoint {signed.size}"
        computed = frontier_root(self._frontier)
        if self._whole and signed.root != computed:
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
        if self._next != end:
            yield Finding("head", "size", str(self._next), str(end))
        elif head.size == end and self._whole and (head.root, head.frontier) != (root, self._frontier):
            yield Finding("head", f"root at size {end}", root.hex(), head.root.hex())
        if head.size == end and head.keys_position != self.audit.keyring.position:
            yield Finding("head", "keys_position", str(self.audit.keyring.position), str(head.keys_position))

    def _beyond(self, end: int, due: SignedCheckpoint | None) -> Iterator[Finding]:
        """Yield what belongs to entries that are not there."""
        stray = [*self._store.rows(-(2**63), 1), *self._store.rows(end, 1)]
        ahead = [tile for tile in _unfinished(end) if self._store.stored_tile(tile) is not None]
        # Read last: what was committed meanwhile is below it.
        size = self._store.head().size
        for row in stray:
            if not 0 <= row.position < size:
                yield Finding("position", f"entry {row.position}", f"positions 0 to {size - 1}", "an entry")
        for tile in ahead:
            if tile not in completed_tiles(end, size):
                yield Finding("tile", tile_path(tile), f"no such tile at size {size}", "one")
        if due is not None and not end < due.size <= size:
            yield Finding(
                "checkpoint", f"checkpoint {due.size}", f"at most {self._next} entries", str(due.size)
            )


def _unfinished(size: int) -> Iterator[Tile]:
    """Yield the tile of each level that is not full at ``size``."""
    return (Tile(level, size // WIDTH ** (level + 1)) for level in range(LEVELS))
