"""The data keys this process seals with: found in the vault, or made up and not yet stored.

A fresh key becomes durable in the transaction that stores the first row it sealed. Until then only the
process that made it knows it, so this process alone ever inserts it, and never a second time: a key that was
erased meanwhile must not come back.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable

from application.datakey import DataKey, new_data_key, wrap
from ledger.errors import AppendRefused

CACHE_LIMIT = 10_000


class DataKeyMoved(AppendRefused):
    """Another process made or erased this stream's data key meanwhile; seal again, with the key of now."""

    def __init__(self, key: DataKey) -> None:
        super().__init__(f"data key of stream {key.stream}: expected {key.kid}, found another or none")
        self.key = key


class DataKeys:
    """One key for each owner, (stream, subject), whichever thread asks first."""

    def __init__(self, find: Callable[[str, str | None], DataKey | None], master: bytes) -> None:
        self._find = find
        self._master = master
        self._lock = threading.Lock()  # guards the two below
        self._of_owner: dict[tuple[str, str | None], DataKey] = {}
        self._fresh: set[str] = set()

    def get(self, stream: str, subject: str | None) -> DataKey:
        """Return the key of an owner, fresh when the vault has none yet."""
        with self._lock:
            known = self._of_owner.get((stream, subject))
            return known or self._remember(self._find(stream, subject) or self._make(stream, subject))

    def insert(self, connection: sqlite3.Connection, keys: Iterable[DataKey], now: str) -> None:
        """Insert those of ``keys`` that are fresh; raise `DataKeyMoved` if one is not in the vault then."""
        for key in keys:
            if key.kid in self._fresh:
                values = (key.kid, key.stream, key.subject or "", wrap(key, self._master), now)
                connection.execute(
                    "INSERT INTO data_key VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", values
                )
            if not connection.execute("SELECT 1 FROM data_key WHERE kid = ?", (key.kid,)).fetchone():
                self._forget(key)
                raise DataKeyMoved(key)

    def stored(self, keys: Iterable[DataKey]) -> None:
        """Note that ``keys`` are durable: they are never inserted again."""
        with self._lock:
            self._fresh.difference_update(key.kid for key in keys)

    def _make(self, stream: str, subject: str | None) -> DataKey:
        key = new_data_key(stream, subject)
        self._fresh.add(key.kid)
        return key

    def _remember(self, key: DataKey) -> DataKey:
        if len(self._of_owner) >= CACHE_LIMIT:
            # The oldest goes; had it never been stored, who still seals with it is told that it moved.
            self._fresh.discard(self._of_owner.pop(next(iter(self._of_owner))).kid)
        self._of_owner[key.stream, key.subject] = key
        return key

    def _forget(self, key: DataKey) -> None:
        with self._lock:
            self._fresh.discard(key.kid)
            if self._of_owner.get((key.stream, key.subject)) == key:
                del self._of_owner[key.stream, key.subject]
