"""The tables behind the list of incidents: a row each, numbers, which alert fires where, what each measured.

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

from application.follower import START, Cursor
from application.reading import RecordedFact
from domain.flow.transitions import UNRESOLVED
from domain.streams import is_incident
from ledger.errors import StoreError
from ledger.store.connection import connect, make_private, translated
from ledger.store.connections import Connections
from projections.incident_list import Row, after

VERSION = 5
"""Raise it when `projections.incident_list.Row`, its fold or the tables change."""

_ROWS = msgspec.json.Decoder(Row)

_TABLES = {
    "follower": "CREATE TABLE follower (size INTEGER NOT NULL, leaf TEXT NOT NULL) STRICT",
    "incident": """CREATE TABLE incident (
        number INTEGER PRIMARY KEY, stream TEXT NOT NULL UNIQUE, row BLOB NOT NULL) STRICT""",
    "measured": """CREATE TABLE measured (
        stream TEXT PRIMARY KEY, version INTEGER NOT NULL, row BLOB NOT NULL) STRICT""",
    "unresolved": "CREATE TABLE unresolved (number INTEGER PRIMARY KEY) STRICT",
    "firing": "CREATE TABLE firing (alert TEXT, stream TEXT, PRIMARY KEY (alert, stream)) STRICT",
}


class IncidentIndex:
    """A projection in its own SQLite file. Threads may share it; several processes may keep it."""

    name = "incidents"

    def __init__(self, path: Path) -> None:
        self._what = path.name
        make_private(path)
        self._writing = connect(path)
        self._guard = threading.Lock()  # one transaction at a time on _writing
        try:
            self._prepare()
        except BaseException:
            self._writing.close()
            raise
        # Whoever reads has a connection of its own and never waits for a batch.
        self._reading = Connections(lambda: connect(path, readonly=True))

    def concerns(self, stream: str) -> bool:
        """Return whether ``stream`` is an incident's."""
        return is_incident(stream)

    def cursor(self) -> Cursor:
        """Return how much of the log has been applied."""
        with self._asking() as connection:
            return _cursor(connection, self._what)

    def position(self) -> int:
        """Return how many entries of the log have been applied."""
        return self.cursor().size

    def apply(self, facts: Sequence[RecordedFact], before: Cursor, after: Cursor) -> bool:
        """Apply facts and move from ``before`` to ``after``, in one transaction; False if it has moved."""
        with self._transaction() as connection:
            if _cursor(connection, self._what) != before:
                return False
            _fold(connection, facts)
            connection.execute("UPDATE follower SET size = ?, leaf = ?", (after.size, after.leaf))
        return True

    def start_over(self) -> None:
        """Forget everything, so that it is folded again from the first entry."""
        with self._transaction() as connection:
            _make_tables(connection)

    def rows(self, after_number: int = 0, limit: int = -1) -> tuple[Row, ...]:
        """Return the rows above a number, in order."""
        query = "SELECT row FROM incident WHERE number > ? ORDER BY number LIMIT ?"
        with self._asking() as connection:
            found = connection.execute(query, (after_number, limit)).fetchall()
        return tuple(_ROWS.decode(row) for (row,) in found)

    def unresolved(self, after_number: int = 0, limit: int = -1) -> tuple[Row, ...]:
        """Return the rows above a number of incidents whose severity may still be assessed anew, in order."""
        query = (
            "SELECT row FROM unresolved JOIN incident USING (number) WHERE number > ? ORDER BY number LIMIT ?"
        )
        with self._asking() as connection:
            found = connection.execute(query, (after_number, limit)).fetchall()
        return tuple(_ROWS.decode(row) for (row,) in found)

    def stream(self, number: int) -> str | None:
        """Return the stream of incident INC-``number``."""
        with self._asking() as connection:
            found = connection.execute("SELECT stream FROM incident WHERE number = ?", (number,)).fetchone()
        return None if found is None else str(found[0])

    def row(self, stream: str) -> Row | None:
        """Return the row of an incident."""
        with self._asking() as connection:
            return _row(connection, stream)

    def number(self, stream: str) -> str:
        """Return the number people use for an incident (``INC-7``), empty while the list has it not."""
        row = self.row(stream)
        return "" if row is None else row.name

    def measured(self) -> Iterator[tuple[str, int, bytes]]:
        """Yield what was kept by `keep_measured`, in the order of the streams."""
        with self._asking() as connection:
            yield from connection.execute("SELECT stream, version, row FROM measured ORDER BY stream")

    def keep_measured(self, rows: Sequence[tuple[str, int, bytes]]) -> None:
        """Keep for each stream what its facts up to a version come to; an older version replaces no newer."""
        with self._transaction() as connection:
            connection.executemany(
                "INSERT INTO measured VALUES (?, ?, ?) ON CONFLICT (stream) DO UPDATE "
                "SET version = excluded.version, row = excluded.row WHERE excluded.version >= version",
                rows,
            )

    def holders(self, alert: str) -> tuple[str, ...]:
        """Return the incidents in which an alert is attached and fires."""
        query = "SELECT stream FROM firing WHERE alert = ? ORDER BY stream"
        with self._asking() as connection:
            return tuple(stream for (stream,) in connection.execute(query, (alert,)))

    def close(self) -> None:
        """Close the file."""
        self._reading.close()
        with self._guard:
            self._writing.close()

    def _prepare(self) -> None:
        with translated(self._what):
            # No flush to disk at a commit: what a power cut takes is folded again.
            self._writing.execute("PRAGMA synchronous = NORMAL")
        with self._transaction() as connection:
            if connection.execute("PRAGMA user_version").fetchone() != (VERSION,):
                _make_tables(connection)

    @contextmanager
    def _asking(self) -> Iterator[sqlite3.Connection]:
        with translated(self._what), self._reading.lend() as connection:
            yield connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._guard, translated(self._what):
            self._writing.execute("BEGIN IMMEDIATE")
            try:
                yield self._writing
                self._writing.execute("COMMIT")
            finally:
                if self._writing.in_transaction:
                    self._writing.execute("ROLLBACK")


def _make_tables(connection: sqlite3.Connection) -> None:
    for name, statement in _TABLES.items():
        connection.execute(f"DROP TABLE IF EXISTS {name}")
        connection.execute(statement)
    connection.execute("INSERT INTO follower VALUES (?, ?)", (START.size, START.leaf))
    connection.execute(f"PRAGMA user_version = {VERSION}")


def _cursor(connection: sqlite3.Connection, what: str) -> Cursor:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != VERSION:
        raise StoreError(f"{what}: expected version {VERSION}, found {version}: another program keeps it now")
    return Cursor(*connection.execute("SELECT size, leaf FROM follower").fetchone())


def _fold(connection: sqlite3.Connection, facts: Sequence[RecordedFact]) -> None:
    """Write each row that ``facts`` change once, however many of them change it."""
    before = {stream: _row(connection, stream) for stream in {item.stream for item in facts}}
    now = dict(before)
    (number,) = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM incident").fetchone()
    for item in facts:
        known = now[item.stream]
        now[item.stream] = after(known, item, number)
        number += known is None and now[item.stream] is not None
    for stream, row in now.items():
        if row is not None and row != before[stream]:
            _write(connection, row, before[stream])


def _write(connection: sqlite3.Connection, row: Row, before: Row | None) -> None:
    connection.execute(
        "INSERT INTO incident VALUES (?, ?, ?) ON CONFLICT (number) DO UPDATE SET row = excluded.row",
        (row.number, row.stream, msgspec.json.encode(row)),
    )
    if row.state in UNRESOLVED:
        connection.execute("INSERT OR IGNORE INTO unresolved VALUES (?)", (row.number,))
    else:
        connection.execute("DELETE FROM unresolved WHERE number = ?", (row.number,))
    had, has = _firing(before), _firing(row)
    connection.executemany("DELETE FROM firing WHERE alert = ? AND stream = ?", had - has)
    connection.executemany("INSERT INTO firing VALUES (?, ?)", has - had)


def _firing(row: Row | None) -> set[tuple[str, str]]:
    return set() if row is None else {(link.alert, row.stream) for link in row.alerts if link.firing}


def _row(connection: sqlite3.Connection, stream: str) -> Row | None:
    found = connection.execute("SELECT row FROM incident WHERE stream = ?", (stream,)).fetchone()
    return None if found is None else _ROWS.decode(found[0])
