"""Reading the vault: many values in one query, each checked against its commitment before it is given out."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson
from msgspec import Struct

from application.box import Boxed, open_box
from application.datakey import DataKey, unwrap
from ledger import canonical
from ledger.canonical import Json
from ledger.disclosure import Disclosure, Kind
from ledger.errors import IntegrityError
from ledger.store.connection import translated

# One statement for any number of names, however many; SQLite limits the number of its parameters.
_BOXES = """SELECT c, box, kid, stream, subject, wrapped FROM sealed JOIN data_key USING (kid)
    WHERE box IS NOT NULL AND c IN (SELECT value FROM json_each(?))"""
_KEYS = "SELECT kid, stream, subject, wrapped FROM data_key WHERE kid IN (SELECT value FROM json_each(?))"
_PRESENT = "SELECT c FROM sealed WHERE c IN (SELECT value FROM json_each(?))"
_BLOB = """SELECT kid, stream, sha256, sealed.created_at FROM sealed JOIN data_key USING (kid)
    WHERE c = ? AND sha256 IS NOT NULL AND subject = ''"""
_OWNED = "SELECT kid, stream, subject, wrapped FROM data_key WHERE stream = ? AND subject = ?"


class Opened(Struct, frozen=True):
    """A value out of the vault, with its salt and the data key it is sealed under."""

    salt: bytes
    value: Json
    kid: str

    def __repr__(self) -> str:
        """Return no value: it must not reach logs by way of a traceback."""
        return f"Opened({self.kid})"


class KeptBlob(Struct, frozen=True):
    """What the vault knows of a blob: its data key, the stream that key is for, its name, when it came."""

    kid: str
    stream: str
    sha256: str
    created_at: str


class VaultReader:
    """Every question to the vault that changes nothing. Any thread may ask."""

    def __init__(self, connection: sqlite3.Connection, master: bytes) -> None:
        self._reading = connection
        self._reading_lock = threading.Lock()  # one statement at a time on _reading
        self._master = master

    def open(self, c: str) -> Opened:
        """Return the value that ``c`` commits to; raise `IntegrityError` if it is missing or another."""
        found = self.examine((c,)).get(c)
        if found is None:
            raise IntegrityError(f"vault {c}", "a sealed value", "none")
        if isinstance(found, IntegrityError):
            raise found
        return found

    def open_many(self, cs: Collection[str]) -> Mapping[str, Opened]:
        """Return the values that are there and hold; `application.unsealing.states` says why others not."""
        return {c: found for c, found in self.examine(cs).items() if isinstance(found, Opened)}

    def disclose(self, c: str) -> Disclosure:
        """Return what proves the value behind ``c`` to anybody; raises as `open` does."""
        opened = self.open(c)
        return Disclosure(c, opened.salt, opened.value)

    def missing(self, cs: Collection[str]) -> frozenset[str]:
        """Return those of ``cs`` that the vault has no row for, sealed values and blobs alike."""
        return frozenset(cs).difference(c for (c,) in self.select(_PRESENT, _names(cs)))

    def find_blob(self, c: str) -> KeptBlob | None:
        """Return the row of a blob about nobody, None if there is none with this commitment."""
        rows = self.select(_BLOB, c)
        return KeptBlob(*rows[0]) if rows else None

    def examine(self, cs: Collection[str]) -> Mapping[str, Opened | IntegrityError]:
        """Return what the box of each commitment holds, or what is wrong with it; no box, no answer."""
        keys: dict[str, DataKey | IntegrityError] = {}
        found: dict[str, Opened | IntegrityError] = {}
        for c, box, kid, *wrapped in self.select(_BOXES, _names(cs)):
            if (key := keys.get(kid)) is None:
                key = keys[kid] = self._unwrap(kid, *wrapped)
            found[c] = key if isinstance(key, IntegrityError) else _open(Boxed(c, box), key)
        return found

    def examine_keys(self, kids: Collection[str]) -> Mapping[str, DataKey | IntegrityError]:
        """Return each data key that is there, or what is wrong with it."""
        return {row[0]: self._unwrap(*row) for row in self.select(_KEYS, _names(kids))}

    def _find_key(self, stream: str, subject: str | None) -> DataKey | None:
        rows = self.select(_OWNED, stream, subject or "")
        if not rows:
            return None
        found = self._unwrap(*rows[0])
        if isinstance(found, IntegrityError):
            raise found
        return found

    def _unwrap(self, kid: str, stream: str, subject: str, wrapped: bytes) -> DataKey | IntegrityError:
        try:
            return unwrap(kid, stream, subject or None, wrapped, self._master)
        except IntegrityError as error:
            return error

    def select(self, query: str, *values: str | int) -> Sequence[Any]:
        """Return the rows of a query. For this package's own use."""
        with self._reading_lock, translated("vault"):
            return self._reading.execute(query, values).fetchall()


def _open(boxed: Boxed, key: DataKey) -> Opened | IntegrityError:
    place = f"vault {boxed.c}"
    try:
        unboxed = open_box(boxed, key.key, Kind.SEALED, place)
        return Opened(unboxed.salt, canonical.decode(unboxed.content, place), key.kid)
    except IntegrityError as error:
        return error


def _names(names: Collection[str]) -> str:
    return orjson.dumps(sorted(set(names))).decode()
