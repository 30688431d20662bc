"""A store that fails at a chosen step of a transaction: what was asked is lost, or was done all the same.

`FaultyStore.steps` lists what a run asked for, so that a test can first look which steps there are and then
fail each of them in turn, with none forgotten.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, cast

import msgspec

from ledger.errors import CommitInDoubt, StoreError
from ledger.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.store.sqlite_transaction import SqliteTransaction

Mode = Literal["lost", "kept"]
INJECTED = "injected: disk I/O error"


class Fault(msgspec.Struct, frozen=True):
    """The ``number``-th step (from 0) fails; with ``kept``, only after it has been done."""

    number: int
    mode: Mode


class FaultyStore(SqliteStore):
    """A SQLite store with faults; without any it only counts."""

    faults: tuple[Fault, ...] = ()

    def watch(self, *faults: Fault) -> None:
        """Count from 0 again, and fail at ``faults``."""
        self.steps: list[str] = []
        self.faults = faults

    @contextmanager
    def transaction(self) -> Iterator[SqliteTransaction]:
        """Lock the head, unless a fault is due."""
        self._step("lock")
        with super().transaction() as tx:
            yield cast("SqliteTransaction", _FaultyTransaction(tx, self))
            mode = self._due("commit")
            if mode == "lost":
                raise CommitInDoubt(StoreError(INJECTED))
        if mode == "kept":
            raise CommitInDoubt(StoreError(INJECTED))

    def call(self, name: str, method: Any, args: tuple[Any, ...]) -> Any:
        """Return what ``method`` returns, unless a fault is due before or after."""
        mode = self._due(name)
        if mode == "lost":
            raise StoreError(INJECTED)
        result = method(*args)
        if mode == "kept":
            raise StoreError(INJECTED)
        return result

    def _step(self, name: str) -> None:
        if self._due(name):
            raise StoreError(INJECTED)

    def _due(self, name: str) -> Mode | None:
        number = len(self.steps)
        self.steps.append(name)
        return next((fault.mode for fault in self.faults if fault.number == number), None)


class _FaultyTransaction:
    def __init__(self, tx: SqliteTransaction, store: FaultyStore) -> None:
        self._tx, self._store = tx, store

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._tx, name)
        if name == "savepoint":
            return method
        return lambda *args: self._store.call(name, method, args)
