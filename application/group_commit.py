"""Many callers, one thread, one transaction: a commit serves everybody who queued up during the last one.

No linger: a lone caller waits for one commit, 32 callers for two at most. Each piece of work runs in a
savepoint, so that a refused one fails alone. When a future has a result, what was done is on durable storage;
when it raises `StoreError`, the commit may have failed late, and the work must bear being repeated.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeAlias, TypeVar

from msgspec import Struct

from ledger.errors import QueueFull, StoreError
from ledger.store.connection import translated

T = TypeVar("T")

QUEUE_LIMIT = 4096

Work: TypeAlias = Callable[[sqlite3.Connection], T]


class _Job(Struct, frozen=True, eq=False):
    work: Work[Any]
    committed: Callable[[], None]
    future: Future[Any]


class _Failed(Struct, frozen=True):
    error: Exception


class GroupCommit:
    """The one thread of this process that writes to a database."""

    def __init__(self, name: str, connect: Callable[[], sqlite3.Connection]) -> None:
        self._name = name
        self._connect = connect
        self._connection: sqlite3.Connection | None = None  # touched by the thread alone
        self._waiting: list[_Job] = []  # guarded by _changed, as is _closed
        self._closed = False
        self._changed = threading.Condition()
        # A daemon: what is not acknowledged when the process ends was never promised to anybody.
        self._thread = threading.Thread(target=self._serve, name=f"{name} commits", daemon=True)
        self._thread.start()

    def submit(self, work: Work[T], committed: Callable[[], None] = lambda: None) -> Future[T]:
        """Return a future of ``work(connection)``; ``committed()`` runs between its commit and later work.

        Raises `QueueFull` when too much is waiting, `StoreError` after `close`.
        """
        job = _Job(work, committed, Future())
        with self._changed:
            if self._closed:
                raise StoreError(f"{self._name}: already closed")
            if len(self._waiting) >= QUEUE_LIMIT:
                raise QueueFull(QUEUE_LIMIT)
            self._waiting.append(job)
            self._changed.notify()
        return job.future

    def close(self) -> None:
        """Finish what is queued and end the thread; a second call changes nothing."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _serve(self) -> None:
        while batch := self._next_batch():
            # A caller who gave up is told apart here: from now on its future cannot be cancelled.
            wanted = [job for job in batch if job.future.set_running_or_notify_cancel()]
            if wanted:
                self._settle(wanted)
        self._disconnect()

    def _next_batch(self) -> list[_Job]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            batch, self._waiting = self._waiting, []
            return batch

    def _settle(self, batch: list[_Job]) -> None:
        try:
            outcomes = self._transact(batch)
        except Exception as error:  # whatever it was, nobody may wait for ever
            # Closing rolls back what is not committed; the next connection sees what is.
            self._disconnect()
            outcomes = [_Failed(error)] * len(batch)
        for job, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, _Failed):
                job.future.set_exception(outcome.error)
            else:
                job.committed()
                job.future.set_result(outcome)

    def _transact(self, batch: list[_Job]) -> list[object]:
        if self._connection is None:
            self._connection = self._connect()
        with translated(self._name):
            self._connection.execute("BEGIN IMMEDIATE")
            outcomes = [self._attempt(self._connection, job) for job in batch]
            self._connection.execute("COMMIT")
        return outcomes

    def _attempt(self, connection: sqlite3.Connection, job: _Job) -> object:
        connection.execute("SAVEPOINT job")
        try:
            with translated(self._name):
                outcome: object = job.work(connection)
        except StoreError:
            # The database, not the work, is at fault: SQLite may have ended the transaction already.
            raise
        except Exception as error:
            connection.execute("ROLLBACK TO job")
            outcome = _Failed(error)
        connection.execute("RELEASE job")
        return outcome

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
