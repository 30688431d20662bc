"""The table behind the list of incidents: a row each, numbers, and which alert fires where.

Kept in ``views.db``, apart from the log: it is derived, so it needs no durability of its own and
must never delay an append. Deleting the file rebuilds it; a new `VERSION` does so by itself.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from application.reading import RecordedFact
from ledger.store.connection import BUSY_TIMEOUT_S, translated
from projections.incident_list import Row, after

VERSION = 1
"""Raise it when `projections.incident_list.Row` or its fold changes."""

_TABLES = """
CREATE TABLE IF NOT EXISTS follower (name TEXT PRIMARY KEY, version INTEGER, position INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS incident (
    number INTEGER PRIMARY KEY, stream TEXT NOT NULL UNIQUE, row BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS firing (alert TEXT, stream TEXT, PRIMARY KEY (alert, stream)) STRICT;
"""


class IncidentIndex:
    """A projection in its own SQLite file. Threads may share it."""

    name = "incidents"

    def __init__(self, path: Path) -> None:
        # Write-ahead without a flush a commit: what a power cut loses is folded again.
        self._lock = threading.Lock()  # one connection, one user at a time
        with translated(path.name):
            self._connection = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, timeout=BUSY_TIMEOUT_S
            )
            try:
                self._prepare(path)
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self, path: Path) -> None:
        path.chmod(0o600)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_TABLES)
        known = self._connection.execute(
            "SELECT version FROM follower WHERE name = ?", (self.name,)
        ).fetchone()
        if known != (VERSION,):
            self.start_over()

    def position(self) -> int:
        """Return how many entries of the log have been applied."""
        with self._using():
            return int(self._one("SELECT position FROM follower WHERE name = ?", self.name)[0])

    def apply(self, facts: Sequence[RecordedFact], position: int) -> None:
        """Apply facts and remember the position, in one transaction. Repeating changes nothing."""
        with self._using(), self._transaction():
            for item in facts:
                self._fact(item)
            # Another process may be further already; its rows are not undone.
            self._connection.execute(
                "UPDATE follower SET position = max(position, ?) WHERE name = ?", (position, self.name)
            )

    def rows(self, after_number: int = 0, limit: int = -1) -> tuple[Row, ...]:
        """Return the rows above a number, in order."""
        with self._using():
            found = self._connection.execute(
                "SELECT row FROM incident WHERE number > ? ORDER BY number LIMIT ?", (after_number, limit)
            ).fetchall()
        return tuple(msgspec.json.decode(row, type=Row) for (row,) in found)

    def stream(self, number: int) -> str | None:
        """Return the stream of incident INC-``number``."""
        with self._using():
            found = self._connection.execute(
                "SELECT stream FROM incident WHERE number = ?", (number,)
            ).fetchone()
        return None if found is None else str(found[0])

    def row(self, stream: str) -> Row | None:
        """Return the row of an incident."""
        with self._using():
            return self._row(stream)

    def holders(self, alert: str) -> tuple[str, ...]:
        """Return the incidents in which an alert is attached and fires."""
        with self._using():
            found = self._connection.execute("SELECT stream FROM firing WHERE alert = ?", (alert,)).fetchall()
        return tuple(stream for (stream,) in found)

    def close(self) -> None:
        """Close the file."""
        with self._using():
            self._connection.close()

    def start_over(self) -> None:
        """Forget everything, so that it is folded again from the first entry."""
        with self._using(), self._transaction():
            for table in ("incident", "firing", "follower"):
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - three constants
            self._connection.execute("INSERT INTO follower VALUES (?, ?, 0)", (self.name, VERSION))

    @contextmanager
    def _using(self) -> Iterator[None]:
        with self._lock, translated("views.db"):
            yield

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _fact(self, item: RecordedFact) -> None:
        before = self._row(item.stream)
        now = after(before, item, self._next_number() if before is None else 0)
        if now is None or now == before:
            return
        self._connection.execute(
            "INSERT INTO incident VALUES (?, ?, ?) ON CONFLICT (number) DO UPDATE SET row = excluded.row",
            (now.number, now.stream, msgspec.json.encode(now)),
        )
        self._connection.execute("DELETE FROM firing WHERE stream = ?", (now.stream,))
        self._connection.executemany(
            "INSERT INTO firing VALUES (?, ?)",
            [(link.alert, now.stream) for link in now.alerts if link.firing],
        )

    def _next_number(self) -> int:
        return int(self._one("SELECT coalesce(max(number), 0) + 1 FROM incident")[0])

    def _row(self, stream: str) -> Row | None:
        found = self._connection.execute("SELECT row FROM incident WHERE stream = ?", (stream,)).fetchone()
        return None if found is None else msgspec.json.decode(found[0], type=Row)

    def _one(self, sql: str, *values: object) -> tuple[int, ...]:
        found: tuple[int, ...] = self._connection.execute(sql, values).fetchone()
        return found
