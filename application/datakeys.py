"""The data keys this process seals with: found in the vault, or made up and not yet stored.

A fresh key becomes durable in the transaction that stores the first row it sealed. Until then only the
process that made it knows it, so this process alone ever inserts it, and never a second time: a key that was
erased meanwhile must not come back.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable
from typing import TypeAlias

from application.datakey import DataKey, new_data_key, wrap
from ledger.errors import AppendRefused

CACHE_LIMIT = 10_000
FRESH_LIMIT = 100_000
"""How many keys may wait for their first row: more than one delivery can have streams."""

Owner: TypeAlias = tuple[str, str | None]


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
        self._stored: dict[Owner, DataKey] = {}
        self._fresh: dict[Owner, DataKey] = {}

    def get(self, stream: str, subject: str | None) -> DataKey:
        """Return the key of an owner, fresh when the vault has none yet."""
        owner = stream, subject
        with self._lock:
            known = self._stored.get(owner) or self._fresh.get(owner)
            if known is not None:
                return known
            if (found := self._find(stream, subject)) is not None:
                return _remember(self._stored, found, CACHE_LIMIT)
            return _remember(self._fresh, new_data_key(stream, subject), FRESH_LIMIT)

    def insert(self, connection: sqlite3.Connection, keys: Iterable[DataKey], now: str) -> None:
        """Insert those of ``keys`` that are fresh; raise `DataKeyMoved` if one is not in the vault then."""
        moved = [key for key in keys if not self._inserted(connection, key, now)]
        for key in moved:
            self._forget(key)
        if moved:
            raise DataKeyMoved(moved[0])

    def stored(self, keys: Iterable[DataKey]) -> None:
        """Note that ``keys`` are durable: they are never inserted again."""
        with self._lock:
            for key in keys:
                if self._fresh.pop(_owner(key), None) is not None:
                    _remember(self._stored, key, CACHE_LIMIT)

    def _inserted(self, connection: sqlite3.Connection, key: DataKey, now: str) -> bool:
        if self._fresh.get(_owner(key)) == key:
            values = (key.kid, key.stream, key.subject or "", wrap(key, self._master), now)
            connection.execute("INSERT INTO data_key VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING", values)
        return connection.execute("SELECT 1 FROM data_key WHERE kid = ?", (key.kid,)).fetchone() is not None

    def _forget(self, key: DataKey) -> None:
        with self._lock:
            for known in (self._fresh, self._stored):
                if known.get(_owner(key)) == key:
                    del known[_owner(key)]


def _owner(key: DataKey) -> Owner:
    return key.stream, key.subject


def _remember(known: dict[Owner, DataKey], key: DataKey, limit: int) -> DataKey:
    if len(known) >= limit:
        # The oldest goes; had it never been stored, who still seals with it is told that it moved.
        del known[next(iter(known))]
    known[_owner(key)] = key
    return key
