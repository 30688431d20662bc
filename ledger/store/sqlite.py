"""The store on SQLite: WAL, ``synchronous=FULL``, one writer at a time, readers never wait.

Guarantee: when `SqliteStore.transaction` exits cleanly, everything written in it is on
durable storage; when it raises, nothing is. Append-only is enforced by the triggers of
``migrations/0001_sqlite.sql``, not by this code.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import CommitInDoubt, StoreError
from ledger.store.connection import BUSY_TIMEOUT_S, connect, migrate, translated
from ledger.store.contract import (
    CommandRow,
    Head,
    Row,
    SignedCheckpoint,
    StreamHead,
    Tracking,
)
from ledger.store.rows import open_row
from ledger.store.tiles import TileSource
from ledger.tile import Tile

_ROW = "position, stream, version, type, event_id, prev_hash, leaf_hash, envelope"
_NEWEST = f"SELECT {_ROW} FROM event WHERE stream = ? ORDER BY version DESC LIMIT 1"  # noqa: S608 - a constant
_HASH = 32


class SqliteReader:
    """Every question that one connection can answer; sees what its transaction sees."""

    def __init__(self, connection: Callable[[], sqlite3.Connection]) -> None:
        self._connection = connection
        self._tiles = TileSource(stored=self._stored_tile, leaves=self._leaves, entries=self._entries)

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection to ask: always the same one, or one a thread."""
        return self._connection()

    def head(self) -> Head:
        """Return the head row."""
        with translated("head"):
            size, root, frontier, keys_position = self.connection.execute(
                "SELECT size, root, frontier, keys_position FROM head"
            ).fetchone()
        hashes = tuple(frontier[i : i + _HASH] for i in range(0, len(frontier), _HASH))
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

    def find(self, event_id: str) -> Row | None:
        """Return the entry with this event id."""
        return next(iter(self._select("event_id = ?", event_id)), None)

    def stream_heads(self, streams: Sequence[str]) -> Mapping[str, StreamHead]:
        """Return the newest entry of each of ``streams``; a stream without entries is absent."""
        with translated("stream heads"):
            found = {s: self.connection.execute(_NEWEST, (s,)).fetchone() for s in streams}
        return {stream: _stream_head(Row(*values)) for stream, values in found.items() if values}

    def command(self, principal: str, key: str) -> CommandRow | None:
        """Return the row of an idempotency key."""
        with translated("command"):
            found = self.connection.execute(
                "SELECT request_hash, first, count FROM command WHERE principal = ? AND idempotency_key = ?",
                (principal, key),
            ).fetchone()
        if found is None:
            return None
        return CommandRow(principal=principal, key=key, request_hash=found[0], first=found[1], count=found[2])

    def tracking(self, name: str) -> int | None:
        """Return the position of the named reader, or None when it has none yet."""
        with translated("tracking"):
            found = self.connection.execute(
                "SELECT position FROM tracking WHERE name = ?", (name,)
            ).fetchone()
        return None if found is None else int(found[0])

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

    def _select(self, where: str, *values: object) -> Sequence[Row]:
        with translated("event"):
            cursor = self.connection.execute(f"SELECT {_ROW} FROM event WHERE {where}", values)  # noqa: S608 - constants
            return [Row(*found) for found in cursor]

    def _checkpoints(self, where: str, *values: object) -> list[SignedCheckpoint]:
        with translated("checkpoint"):
            cursor = self.connection.execute(
                f"SELECT size, root, note, signed_at FROM checkpoint {where}",  # noqa: S608 - constants
                values,
            )
            return [SignedCheckpoint(*found) for found in cursor]

    def _stored_tile(self, level: int, index: int) -> bytes | None:
        with translated("tile"):
            found = self.connection.execute(
                "SELECT hashes FROM tile WHERE level = ? AND idx = ?", (level, index)
            ).fetchone()
        return None if found is None else bytes(found[0])

    def _leaves(self, first: int, count: int) -> Sequence[bytes]:
        return self._column("leaf_hash", first, count)

    def _entries(self, first: int, count: int) -> Sequence[bytes]:
        return self._column("envelope", first, count)

    def _column(self, name: str, first: int, count: int) -> Sequence[bytes]:
        with translated("event"):
            cursor = self.connection.execute(
                f"SELECT {name} FROM event WHERE position >= ? ORDER BY position LIMIT ?",  # noqa: S608 - constants
                (first, count),
            )
            return [found[0] for found in cursor]


def _stream_head(row: Row) -> StreamHead:
    _, event = open_row(row)
    return StreamHead(row.version, row.leaf_hash.hex(), event.recordedtime)


class SqliteTransaction(SqliteReader):
    """The head row is locked: nobody else appends until this ends."""

    def insert_rows(self, rows: Sequence[Row]) -> None:
        """Insert entries at the next positions; raises `RowRefused` when a constraint says no."""
        values = [
            (r.position, r.stream, r.version, r.type, r.event_id, r.prev_hash, r.leaf_hash, r.envelope)
            for r in rows
        ]
        with translated("event"):
            self.connection.executemany(
                f"INSERT INTO event ({_ROW}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - a constant
                values,
            )

    def insert_command(self, row: CommandRow, recorded_at: str) -> None:
        """Remember an idempotency key; raises `RowRefused` when it is there already."""
        self._execute(
            "INSERT INTO command VALUES (?, ?, ?, ?, ?, ?)",
            (row.principal, row.key, row.request_hash, row.first, row.count, recorded_at),
        )

    def forget_commands(self, before: str) -> None:
        """Delete idempotency keys recorded before ``before``."""
        self._execute("DELETE FROM command WHERE recorded_at < ?", (before,))

    def advance_tracking(self, tracking: Tracking) -> None:
        """Move a reader forward; raises `RowRefused` when it would not move."""
        moved = self._execute(
            "INSERT INTO tracking VALUES (?, ?) ON CONFLICT (name) DO UPDATE "
            "SET position = excluded.position WHERE excluded.position > tracking.position",
            (tracking.name, tracking.position),
        )
        if moved != 1:
            with translated("tracking"):
                raise sqlite3.IntegrityError(f"{tracking.name} is at or beyond {tracking.position}")

    def insert_tile(self, tile: Tile, hashes: bytes) -> None:
        """Insert a full tile."""
        self._execute("INSERT INTO tile VALUES (?, ?, ?)", (tile.level, tile.index, hashes))

    def set_head(self, head: Head) -> None:
        """Replace the head by a larger one."""
        self._execute(
            "UPDATE head SET size = ?, root = ?, frontier = ?, keys_position = ?",
            (head.size, head.root, b"".join(head.frontier), head.keys_position),
        )

    def insert_checkpoint(self, checkpoint: SignedCheckpoint) -> None:
        """Insert a signed checkpoint larger than every other."""
        self._execute(
            "INSERT INTO checkpoint SELECT coalesce(max(id), 0) + 1, ?, ?, ?, ? FROM checkpoint",
            (checkpoint.size, checkpoint.root, checkpoint.note, checkpoint.signed_at),
        )

    def publish(self, size: int, published_at: str) -> None:
        """Make the checkpoint of ``size`` the one that is served."""
        self._execute("INSERT OR IGNORE INTO publication VALUES (?, ?)", (size, published_at))

    def lease(self, name: str) -> tuple[str, int, float] | None:
        """Return holder, epoch and expiry (seconds) of a lease, None when nobody ever had it."""
        with translated("lease"):
            found = self.connection.execute(
                "SELECT holder, epoch, expires_at FROM lease WHERE name = ?", (name,)
            ).fetchone()
        return None if found is None else (found[0], found[1], found[2])

    def set_lease(self, name: str, holder: str, epoch: int, expires_at: float) -> None:
        """Replace the row of a lease."""
        self._execute("INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?)", (name, holder, epoch, expires_at))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what happens inside when it raises, and nothing else."""
        self._execute("SAVEPOINT request")
        try:
            yield
        except BaseException:
            self._execute("ROLLBACK TO request")
            self._execute("RELEASE request")
            raise
        self._execute("RELEASE request")

    def _execute(self, sql: str, values: Sequence[object] = ()) -> int:
        with translated(sql.split(maxsplit=1)[0].lower()):
            return self.connection.execute(sql, tuple(values)).rowcount


class SqliteStore(SqliteReader):
    """A database file. Reading threads have a connection each; one more, locked, writes."""

    def __init__(self, path: Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        super().__init__(self._of_this_thread)
        self.path = path
        self._busy_timeout_s = busy_timeout_s
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._guard = threading.Lock()  # guards _opened and _closed
        self._closed = False
        self._writing = threading.Lock()  # one transaction at a time on the writing connection
        self._writer: sqlite3.Connection | None = None
        first = connect(path, busy_timeout_s=busy_timeout_s)
        try:
            migrate(first)
        except BaseException:
            first.close()
            raise
        self._writer = self._keep(first)
        path.chmod(0o600)

    def _of_this_thread(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._keep(connect(self.path, readonly=True, busy_timeout_s=self._busy_timeout_s))
            self._local.connection = found
        return found

    @contextmanager
    def transaction(self) -> Iterator[SqliteTransaction]:
        """Lock the head; on clean exit everything is on durable storage, on an error nothing is.

        Raises `StoreBusy` when another process keeps the lock, `StoreFull` when the disk is
        full, `CommitInDoubt` when ``COMMIT`` failed: then this connection is closed, and
        whoever wants to know takes the lock on the next one and looks.
        """
        with self._writing:
            connection = self._writing_connection()
            with translated("lock"):
                connection.execute("BEGIN IMMEDIATE")
            try:
                yield SqliteTransaction(lambda: connection)
                self._commit(connection)
            except CommitInDoubt:
                self._discard(connection)
                raise
            except BaseException:
                self._roll_back(connection)
                raise

    def _commit(self, connection: sqlite3.Connection) -> None:
        try:
            connection.execute("COMMIT")
        except sqlite3.Error as e:
            raise CommitInDoubt(f"commit: {e}") from e

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._discard(connection)

    def _discard(self, connection: sqlite3.Connection) -> None:
        # Closing rolls back what is not committed; the file's next opener decides what is.
        connection.close()
        self._writer = None

    def _writing_connection(self) -> sqlite3.Connection:
        if self._writer is None:
            self._writer = self._keep(connect(self.path, busy_timeout_s=self._busy_timeout_s))
        return self._writer

    def _keep(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        with self._guard:
            if self._closed:
                connection.close()
                raise StoreError(f"database {self.path.name}: already closed")
            self._opened.append(connection)
        return connection

    def close(self) -> None:
        """Close every connection; the store cannot be used any more."""
        with self._writing, self._guard:
            self._closed = True
            for connection in self._opened:
                connection.close()
            self._opened.clear()
            self._writer = None
