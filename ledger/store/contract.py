"""What the writer, the publisher and every reader may ask of a store, and what holds on return.

Two stores share this shape (SQLite; PostgreSQL later) and no base class: one contract suite
under ``tests/contract`` holds both to it. Positions count from 0, versions from 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec

from ledger.merkle import EMPTY_ROOT
from ledger.sourceoffset import Owned, Partition
from ledger.tile import Tile


class Head(msgspec.Struct, frozen=True):
    """The tree that the committed entries make; nobody has signed it."""

    size: int
    root: bytes
    frontier: tuple[bytes, ...]
    keys_position: int


EMPTY_HEAD = Head(0, EMPTY_ROOT, (), -1)


class StreamHead(msgspec.Struct, frozen=True):
    """The newest entry of a stream; ``leaf`` is hex, and the genesis hash at version 0."""

    version: int
    leaf: str
    recordedtime: str


class Row(msgspec.Struct, frozen=True):
    """One row of table ``event``. All but the envelope only repeat what the envelope says."""

    position: int
    stream: str
    version: int
    type: str
    event_id: str
    prev_hash: bytes
    leaf_hash: bytes
    envelope: bytes


class CommandRow(msgspec.Struct, frozen=True, kw_only=True):
    """An idempotency key and the entries that its request became."""

    principal: str
    key: str
    request_hash: bytes
    first: int = -1
    count: int = 0


class Tracking(msgspec.Struct, frozen=True):
    """How far the named reader has come: it holds the effect of every entry before ``position``."""

    name: str
    position: int


class SignedCheckpoint(msgspec.Struct, frozen=True):
    """A checkpoint the log key has signed, as stored."""

    size: int
    root: bytes
    note: bytes
    signed_at: str


class Reader(Protocol):
    """What can be asked of the committed log and, inside a transaction, of the log with its own changes."""

    def head(self) -> Head:
        """Return the head."""

    def rows(self, first: int, count: int) -> Sequence[Row]:
        """Return up to ``count`` entries from position ``first`` on, in order."""

    def rows_of_type(self, types: Sequence[str], first: int, limit: int) -> Sequence[Row]:
        """Return entries of the given types from position ``first`` on, in order."""

    def stream_rows(self, stream: str, after: int = 0, limit: int = -1) -> Sequence[Row]:
        """Return the entries of a stream above version ``after``, in order."""

    def stream_heads(self, streams: Sequence[str]) -> Mapping[str, StreamHead]:
        """Return the newest entry of each of ``streams``; a stream without entries is absent."""

    def newest_rows(self, size: int, after: str, limit: int) -> Sequence[Row]:
        """Return the newest entry, among the first ``size``, of each stream named after ``after``.

        In ascending order of the names' bytes, at most ``limit``; a stream without such an entry is absent.
        """

    def find(self, event_id: str) -> Row | None:
        """Return the entry with this event id."""

    def command(self, principal: str, key: str) -> CommandRow | None:
        """Return the row of an idempotency key."""

    def source_offset(self, partition: Partition) -> Owned | None:
        """Return how a partition of a foreign log stands, None when nobody ever owned it."""

    def read_tile(self, tile: Tile) -> bytes:
        """Return the bytes of a hash tile, full or partial, or, at level -1, of an entry bundle."""


class Transaction(Reader, Protocol):
    """The head row is locked: nobody else appends until this ends, and nothing is visible before."""

    def insert_rows(self, rows: Sequence[Row]) -> None:
        """Insert entries at the next positions; raises `RowRefused` when a constraint says no."""

    def insert_command(self, row: CommandRow, recorded_at: str) -> None:
        """Remember an idempotency key; raises `RowRefused` when it is there already."""

    def advance_tracking(self, tracking: Tracking) -> None:
        """Move a reader forward; raises `RowRefused` when it would not move."""

    def set_source_offset(self, owned: Owned) -> None:
        """Insert or replace the row of a partition."""

    def insert_tile(self, tile: Tile, hashes: bytes) -> None:
        """Insert a full tile."""

    def set_head(self, head: Head) -> None:
        """Replace the head by a larger one."""

    def savepoint(self) -> AbstractContextManager[None]:
        """Undo what happens inside when it raises, and nothing else."""


class Store(Reader, Protocol):
    """The committed log. Readers see whole commits only."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Lock the head; on clean exit everything is on durable storage, on an error nothing is."""

    def stored_tile(self, tile: Tile) -> bytes | None:
        """Return the row of a full tile as stored."""

    def computed_tile(self, tile: Tile) -> bytes:
        """Return what a full tile must hold, from the level below."""

    def checkpoints(self, above: int = 0) -> Iterator[SignedCheckpoint]:
        """Yield the signed checkpoints larger than ``above``, smallest first."""

    def newest_checkpoint(self) -> SignedCheckpoint | None:
        """Return the newest signed checkpoint."""

    def newest_publication(self) -> SignedCheckpoint | None:
        """Return the newest checkpoint that is published."""

    def publication(self, size: int) -> SignedCheckpoint | None:
        """Return the checkpoint of this size if it was published, None otherwise."""
