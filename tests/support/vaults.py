"""Vaults for tests: one on a connection that fails where it is told to, and facts with prose in them."""

from __future__ import annotations

import sqlite3
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from application.sealing import Pending, join, seal_value
from application.vault import Vault
from domain.prose import Prose, SealedRef

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

MASTER = bytes(range(32))
OTHER_MASTER = bytes(32)
STREAM = "incident-0123456789abcdef0123456789abcdef"


class Inner(Struct, frozen=True, kw_only=True):
    """A part of a fact."""

    name: str
    note: Prose | None = None


class Example(Struct, frozen=True, kw_only=True):
    """A fact of no meaning, with prose at every depth."""

    code: str
    title: Prose
    parts: tuple[Inner, ...] = ()
    texts: tuple[Prose, ...] = ()


class Faults:
    """Which statement of the vault's connections fails, and whether it is carried out all the same."""

    def __init__(self) -> None:
        self.statement: str | None = None
        self.kept = False
        self.error: Callable[[], sqlite3.Error] = _disk_error
        self.met = 0

    def arm(self, statement: str, *, kept: bool, error: Callable[[], sqlite3.Error] | None = None) -> None:
        """Let the next statement that starts with ``statement`` fail, once."""
        self.statement, self.kept, self.met = statement, kept, 0
        self.error = error or _disk_error

    def meet(self, sql: str, carry_out: Callable[[], Any]) -> Any:
        """Return what ``carry_out`` returns, unless this is the statement that fails."""
        if self.statement is None or not sql.lstrip().startswith(self.statement):
            return carry_out()
        self.statement, self.met = None, self.met + 1
        if self.kept:
            carry_out()
        raise self.error()


def _disk_error() -> sqlite3.Error:
    return sqlite3.OperationalError("disk I/O error")


class FaultyConnection(sqlite3.Connection):
    """A connection that asks `Faults` before each statement."""

    faults: Faults

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Carry out a statement, or fail."""
        cursor: sqlite3.Cursor = self.faults.meet(sql, partial(super().execute, sql, parameters))
        return cursor

    def executemany(self, sql: str, parameters: Any, /) -> sqlite3.Cursor:
        """Carry out a statement many times, or fail."""
        cursor: sqlite3.Cursor = self.faults.meet(sql, partial(super().executemany, sql, parameters))
        return cursor


def faulty_connections(monkeypatch: pytest.MonkeyPatch) -> Faults:
    """Return the faults of every SQLite connection made from now on."""
    faults = Faults()
    kind = type("Connection", (FaultyConnection,), {"faults": faults})
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=kind))
    return faults


def seal(vault: Vault, *values: object) -> tuple[list[SealedRef], Pending]:
    """Return references to values and what has to be stored for them."""
    parts = [seal_value(value, STREAM, vault) for value in values]
    return [p.sealed for p, _ in parts if p.sealed], join(pending for _, pending in parts)


def count(path: Path, table: str) -> int:
    """Return how many rows another program sees in the file."""
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    finally:
        connection.close()


def contents(path: Path) -> tuple[int, int]:
    """Return how many data keys and how many rows are in the file."""
    return count(path, "data_key"), count(path, "sealed")


def hold(vault: Vault) -> threading.Event:
    """Keep the committing thread busy until the returned event is set, so that puts queue up."""
    gate, started = threading.Event(), threading.Event()

    def wait(_: sqlite3.Connection) -> None:
        started.set()
        gate.wait(10)

    vault._commits.submit(wait)
    started.wait(10)
    return gate
