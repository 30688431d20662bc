"""The vault: the mutable store of sealed values and their data keys (design section 3; R-EVT-04, R-CMP-05).

On return of `put` its rows are on durable storage, all of them or none (`application.group_commit`); callers
put before they append, so that a crash in between leaves rows that no fact names, never a fact without its
row. Rows without a fact are collected after a day (`application.orphans`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from application.datakey import DataKey
from application.datakeys import DataKeys
from application.group_commit import GroupCommit, Work
from application.ids import Clock, system_clock
from application.vault_file import connect_vault, create_vault_file, prepare
from application.vault_reader import VaultReader
from ledger.event import format_time
from ledger.store.connection import BUSY_TIMEOUT_S, translated

if TYPE_CHECKING:
    import sqlite3

T = TypeVar("T")

_INSERT = """INSERT INTO sealed (c, kid, box, sha256, created_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (c) DO NOTHING"""


class Row(Struct, frozen=True, kw_only=True):
    """One commitment and where its box is: here, or in the blob that ``sha256`` names."""

    c: str
    kid: str
    box: bytes | None = None
    sha256: str | None = None


class Vault(VaultReader):
    """A vault file and the master key that opens it. Any thread may use it; so may several processes."""

    def __init__(
        self,
        path: Path,
        master: bytes,
        *,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        clock: Clock = system_clock,
    ) -> None:
        create_vault_file(path)
        self.path = path
        self._busy_timeout_s = busy_timeout_s
        self._clock = clock
        writing = self._connect()
        try:
            prepare(writing, master, path.name)
        finally:
            writing.close()
        super().__init__(connect_vault(path, busy_timeout_s=busy_timeout_s, query_only=True), master)
        self._keys = DataKeys(self._find_key, master)
        self._commits = GroupCommit(path.name, self._connect)

    def data_key(self, stream: str, subject: str | None = None) -> DataKey:
        """Return the key for what ``stream`` says about ``subject``; a fresh one is stored by `put`."""
        return self._keys.get(stream, subject)

    def put(self, rows: Sequence[Row], keys: Collection[DataKey]) -> None:
        """Store rows and the keys they are sealed under; on return both are on durable storage.

        May be repeated with the same rows. Raises `DataKeyMoved` (nothing is stored: seal again) and
        `StoreBusy`, `StoreFull` or `StoreError` (rows may be there, all or none; no fact names them yet).
        """
        self.submit(rows, keys).result()

    def submit(self, rows: Sequence[Row], keys: Collection[DataKey]) -> Future[None]:
        """Return a future that resolves, or fails, as `put` returns or raises."""
        now = format_time(self._clock())

        def insert(connection: sqlite3.Connection) -> None:
            self._keys.insert(connection, keys, now)
            connection.executemany(_INSERT, [(r.c, r.kid, r.box, r.sha256, now) for r in rows])

        return self._commits.submit(insert, committed=lambda: self._keys.stored(keys))

    def change(self, work: Work[T]) -> T:
        """Return ``work(connection)``, done in a transaction and durable. For this package's own use."""
        return self._commits.submit(work).result()

    def scrub(self) -> None:
        """Move everything from the write-ahead log to the file and empty it: old pages are gone from disk."""
        connection = self._connect()
        try:
            with translated(self.path.name):
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()

    def close(self) -> None:
        """Finish what is queued and close the file."""
        self._commits.close()
        with self._reading_lock:
            self._reading.close()

    def _connect(self) -> sqlite3.Connection:
        return connect_vault(self.path, busy_timeout_s=self._busy_timeout_s)
