"""Connections lent for one question at a time, so that there are as many as questions at once.

A connection a thread would stay open when its thread ends, and servers start threads as they go.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ledger.errors import StoreError


class Connections:
    """The connections that ``connect`` makes; the one returned last is lent first."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        self._guard = threading.Lock()  # guards _idle and _closed

    @contextmanager
    def lend(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that nobody else uses meanwhile; raises `StoreError` after `close`."""
        connection = self._take() or self._connect()
        try:
            yield connection
        finally:
            self._put(connection)

    def _take(self) -> sqlite3.Connection | None:
        with self._guard:
            if self._closed:
                raise StoreError("database: already closed")
            return self._idle.pop() if self._idle else None

    def _put(self, connection: sqlite3.Connection) -> None:
        with self._guard:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close every connection, each as soon as it is not lent any more."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
