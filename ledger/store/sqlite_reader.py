"""What one SQLite connection can be asked about the log: the `Reader` of the store's contract."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

from msgspec.structs import astuple

from ledger.errors import IntegrityError
from ledger.sourceoffset import Owned, Partition
from ledger.store.connection import translated
from ledger.store.contract import CommandRow, Head, Row, SignedCheckpoint, StreamHead
from ledger.store.rows import open_row
from ledger.store.tiles import TileSource
from ledger.tile import HASH_SIZE, Tile

Lend: TypeAlias = Callable[[], AbstractContextManager[sqlite3.Connection]]
"""Lends the connection to ask for the length of one question."""

COLUMNS = "position, stream, version, type, event_id, prev_hash, leaf_hash, envelope"
_NEWEST = f"SELECT {COLUMNS} FROM event WHERE stream = ? ORDER BY version DESC LIMIT 1"  # noqa: S608 - a constant
# Goes from name to name by the index on (stream, version), whatever the number of entries in between.
_NEWEST_OF_EACH = f"""
    WITH RECURSIVE name(stream) AS (
        SELECT min(stream) FROM event WHERE stream > ?
        UNION ALL
        SELECT (SELECT min(stream) FROM event WHERE stream > name.stream)
            FROM name WHERE name.stream IS NOT NULL
    )
    SELECT {COLUMNS} FROM name CROSS JOIN event USING (stream) WHERE version = (
        SELECT version FROM event WHERE stream = name.stream AND position < ? ORDER BY version DESC LIMIT 1
    ) LIMIT ?
"""  # noqa: S608 - a constant


class SqliteReader:
    """Every question that one connection can answer; sees what its transaction sees."""

    def __init__(self, lend: Lend) -> None:
        self._lend = lend
        self._tiles = TileSource(stored=self._stored_tile, leaves=self._leaves, entries=self._entries)

    @contextmanager
    def _asking(self, what: str) -> Iterator[sqlite3.Connection]:
        with translated(what), self._lend() as connection:
            yield connection

    def head(self) -> Head:
        """Return the head row."""
        with self._asking("head") as connection:
            found = connection.execute("SELECT size, root, frontier, keys_position FROM head").fetchone()
        if found is None:
            raise IntegrityError("head", "one row", "none")
        size, root, frontier, keys_position = found
        hashes = tuple(frontier[i : i + HASH_SIZE] for i in range(0, len(frontier), HASH_SIZE))
        return Head(size, root, hashes, keys_position)

    def rows(self, first: int, count: int) -> Sequence[Row]:
        """Return up to ``count`` entries from position ``first`` on, in order."""
        return self._select("position >= ? ORDER BY position LIMIT ?", first, count)

    def stream_rows(self, stream: str, after: int = 0, limit: int = -1) -> Sequence[Row]:
        """Return the entries of ``stream`` above version ``after``, in order."""
        return self._select("stream = ? AND version > ? ORDER BY version LIMIT ?", stream, after, limit)

    def rows_of_type(self, types: Sequence[str], first: int, limit: int) -> Sequence[Row]:
        """Return entries of ``types`` from position ``first`` on, in order."""
        marks = ", ".join("?" * len(types))
        return self._select(
            f"type IN ({marks}) AND position >= ? ORDER BY position LIMIT ?", *types, first, limit
        )

    def newest_rows(self, size: int, after: str, limit: int) -> Sequence[Row]:
        """Return the newest entry, among the first ``size``, of each stream named after ``after``."""
        with self._asking("newest entries") as connection:
            cursor = connection.execute(_NEWEST_OF_EACH, (after, size, limit))
            return [Row(*found) for found in cursor]

    def find(self, event_id: str) -> Row | None:
        """Return the entry with this event id."""
        return next(iter(self._select("event_id = ?", event_id)), None)

    def stream_heads(self, streams: Sequence[str]) -> Mapping[str, StreamHead]:
        """Return the newest entry of each of ``streams``; a stream without entries is absent."""
        with self._asking("stream heads") as connection:
            found = {s: connection.execute(_NEWEST, (s,)).fetchone() for s in streams}
        return {stream: _stream_head(Row(*values)) for stream, values in found.items() if values}

    def command(self, principal: str, key: str) -> CommandRow | None:
        """Return the row of an idempotency key."""
        with self._asking("command") as connection:
            found = connection.execute(
                "SELECT request_hash, first, count FROM command WHERE principal = ? AND idempotency_key = ?",
                (principal, key),
            ).fetchone()
        if found is None:
            return None
        return CommandRow(principal=principal, key=key, request_hash=found[0], first=found[1], count=found[2])

    def tracking(self, name: str) -> int | None:
        """Return the position of the named reader, or None when it has none yet."""
        with self._asking("tracking") as connection:
            found = connection.execute("SELECT position FROM tracking WHERE name = ?", (name,)).fetchone()
        return None if found is None else int(found[0])

    def source_offset(self, partition: Partition) -> Owned | None:
        """Return how a partition of a foreign log stands, None when nobody ever owned it."""
        with self._asking("source_offset") as connection:
            found = connection.execute(
                "SELECT topic_id, next_offset, owner_epoch FROM source_offset "
                "WHERE cluster = ? AND reader = ? AND topic = ? AND partition = ?",
                astuple(partition),
            ).fetchone()
        if found is None:
            return None
        return Owned(partition=partition, topic_id=found[0], next_offset=found[1], epoch=found[2])

    def read_tile(self, tile: Tile) -> bytes:
        """Return the bytes of a hash tile or, at level -1, of an entry bundle."""
        return self._tiles.read(tile)

    def stored_tile(self, tile: Tile) -> bytes | None:
        """Return the row of a full tile as stored."""
        return self._stored_tile(tile.level, tile.index)

    def computed_tile(self, tile: Tile) -> bytes:
        """Return what a full tile must hold, from the level below."""
        return self._tiles.computed(tile)

    def checkpoints(self, above: int = 0) -> Iterator[SignedCheckpoint]:
        """Yield the signed checkpoints larger than ``above``, smallest first."""
        while True:
            batch = self._checkpoints("WHERE size > ? ORDER BY size LIMIT 1000", above)
            yield from batch
            if not batch:
                return
            above = batch[-1].size

    def newest_checkpoint(self) -> SignedCheckpoint | None:
        """Return the newest signed checkpoint."""
        return next(iter(self._checkpoints("ORDER BY size DESC LIMIT 1")), None)

    def newest_publication(self) -> SignedCheckpoint | None:
        """Return the newest checkpoint that is published."""
        query = "WHERE size = (SELECT max(size) FROM publication)"
        return next(iter(self._checkpoints(query)), None)

    def publication(self, size: int) -> SignedCheckpoint | None:
        """Return the checkpoint of this size if it was published."""
        query = "WHERE size = (SELECT size FROM publication WHERE size = ?)"
        return next(iter(self._checkpoints(query, size)), None)

    def _select(self, where: str, *values: object) -> Sequence[Row]:
        with self._asking("event") as connection:
            cursor = connection.execute(f"SELECT {COLUMNS} FROM event WHERE {where}", values)  # noqa: S608 - constants
            return [Row(*found) for found in cursor]

    def _checkpoints(self, where: str, *values: object) -> list[SignedCheckpoint]:
        with self._asking("checkpoint") as connection:
            cursor = connection.execute(
                f"SELECT size, root, note, signed_at FROM checkpoint {where}",  # noqa: S608 - constants
                values,
            )
            return [SignedCheckpoint(*found) for found in cursor]

    def _stored_tile(self, level: int, index: int) -> bytes | None:
        with self._asking("tile") as connection:
            found = connection.execute(
                "SELECT hashes FROM tile WHERE level = ? AND idx = ?", (level, index)
            ).fetchone()
        return None if found is None else bytes(found[0])

    def _leaves(self, first: int, count: int) -> Sequence[bytes]:
        return self._column("leaf_hash", first, count)

    def _entries(self, first: int, count: int) -> Sequence[bytes]:
        return self._column("envelope", first, count)

    def _column(self, name: str, first: int, count: int) -> Sequence[bytes]:
        with self._asking("event") as connection:
            cursor = connection.execute(
                f"SELECT {name} FROM event WHERE position >= ? ORDER BY position LIMIT ?",  # noqa: S608 - constants
                (first, count),
            )
            return [found[0] for found in cursor]


def _stream_head(row: Row) -> StreamHead:
    _, event = open_row(row)
    return StreamHead(row.version, row.leaf_hash.hex(), event.recordedtime)
