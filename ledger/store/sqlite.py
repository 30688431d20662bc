"""The store on SQLite: WAL, ``synchronous=FULL``, one writer at a time, readers never wait.

Guarantee: when `SqliteStore.transaction` exits cleanly, everything written in it is on
durable storage; when it raises, nothing is. Append-only is enforced by the triggers of
``migrations/0001_sqlite.sql``, not by this code.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.errors import CommitInDoubt, StoreError
from ledger.store.connection import (
    BUSY_TIMEOUT_S,
    connect,
    make_private,
    migrate,
    store_error,
    translated,
)
from ledger.store.connections import Connections
from ledger.store.sqlite_reader import SqliteReader
from ledger.store.sqlite_transaction import SqliteTransaction


class SqliteStore(SqliteReader):
    """A database file. Threads share it: each question has a connection of its own, one more writes."""

    def __init__(self, path: Path, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self.path = path
        self._busy_timeout_s = busy_timeout_s
        self._reading = Connections(lambda: connect(path, readonly=True, busy_timeout_s=busy_timeout_s))
        super().__init__(self._reading.lend)
        self._writing = threading.Lock()  # guards what follows: one transaction at a time
        self._closed = False
        self._writer: sqlite3.Connection | None = None
        make_private(path)
        first = connect(path, busy_timeout_s=busy_timeout_s)
        try:
            migrate(first)
        except BaseException:
            first.close()
            raise
        self._writer = first

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
                yield SqliteTransaction(connection)
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
            raise CommitInDoubt(store_error("commit", e)) from e

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        try:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error:
            self._discard(connection)

    def _discard(self, connection: sqlite3.Connection) -> None:
        # Closing rolls back what is not committed; the next one to open the file sees what is.
        connection.close()
        self._writer = None

    def _writing_connection(self) -> sqlite3.Connection:
        if self._closed:
            raise StoreError(f"database {self.path.name}: already closed")
        if self._writer is None:
            self._writer = connect(self.path, busy_timeout_s=self._busy_timeout_s)
        return self._writer

    def close(self) -> None:
        """Close every connection; the store cannot be used any more."""
        self._reading.close()
        with self._writing:
            self._closed = True
            if self._writer is not None:
                self._discard(self._writer)
