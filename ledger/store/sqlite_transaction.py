"""What one SQLite transaction can change: the `Transaction` of the store's contract, and the publisher's."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

from msgspec.structs import astuple

from ledger.errors import RowRefused
from ledger.sourceoffset import Owned
from ledger.store.contract import CommandRow, Head, Row, SignedCheckpoint, Tracking
from ledger.store.sqlite_reader import COLUMNS, SqliteReader
from ledger.tile import Tile


class SqliteTransaction(SqliteReader):
    """The head row is locked: nobody else appends until this ends."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(lambda: nullcontext(connection))

    def insert_rows(self, rows: Sequence[Row]) -> None:
        """Insert entries at the next positions; raises `RowRefused` when a constraint says no."""
        values = [
            (r.position, r.stream, r.version, r.type, r.event_id, r.prev_hash, r.leaf_hash, r.envelope)
            for r in rows
        ]
        with self._asking("event") as connection:
            connection.executemany(
                f"INSERT INTO event ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - a constant
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
            raise RowRefused(f"tracking: {tracking.name} is at or beyond {tracking.position}")

    def set_source_offset(self, owned: Owned) -> None:
        """Insert or replace the row of a partition."""
        self._execute(
            "INSERT OR REPLACE INTO source_offset VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*astuple(owned.partition), owned.topic_id, owned.next_offset, owned.epoch),
        )

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
        with self._asking("lease") as connection:
            found = connection.execute(
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
        with self._asking(sql.split(maxsplit=1)[0].lower()) as connection:
            return connection.execute(sql, tuple(values)).rowcount
