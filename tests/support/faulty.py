"""A store that fails at a chosen step of a transaction: what was asked is lost, or was done all the same.

`FaultyStore.steps` lists what a run asked for, so that a test can say which steps there are, and fail each of
them in turn with none forgotten.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, cast

import msgspec

from ledger.errors import CommitInDoubt, StoreError
from ledger.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ledger.store.sqlite_transaction import SqliteTransaction

Mode = Literal["lost", "kept"]
INJECTED = "injected: disk I/O error"


class Fault(msgspec.Struct, frozen=True):
    """The ``nth`` time (from 0) that ``step`` is asked for, it fails; with ``kept`` only when it is done."""

    step: str
    mode: Mode
    nth: int = 0


class FaultyStore(SqliteStore):
    """A SQLite store with faults; without any it only watches."""

    def watch(self, *faults: Fault, at_lock: Callable[[int], None] = lambda _: None) -> None:
        """Begin a list of steps, and fail at ``faults``; ``at_lock(n)`` runs before lock n (from 0)."""
        self.steps: list[str] = []
        self._faults = faults
        self._at_lock = at_lock

    @contextmanager
    def transaction(self) -> Iterator[SqliteTransaction]:
        """Lock the head, unless a fault is due."""
        self._at_lock(self.steps.count("lock"))
        if self._due("lock"):
            raise StoreError(INJECTED)
        with super().transaction() as tx:
            yield cast("SqliteTransaction", _FaultyTransaction(tx, self))
            mode = self._due("commit")
            if mode == "lost":
                raise CommitInDoubt(StoreError(INJECTED))
        if mode == "kept":
            raise CommitInDoubt(StoreError(INJECTED))

    def call(self, step: str, method: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Return what ``method`` returns, unless a fault is due before or after."""
        mode = self._due(step)
        if mode == "lost":
            raise StoreError(INJECTED)
        result = method(*args)
        if mode == "kept":
            raise StoreError(INJECTED)
        return result

    def _due(self, step: str) -> Mode | None:
        nth = self.steps.count(step)
        self.steps.append(step)
        return next((fault.mode for fault in self._faults if (fault.step, fault.nth) == (step, nth)), None)


class _FaultyTransaction:
    def __init__(self, tx: SqliteTransaction, store: FaultyStore) -> None:
        self._tx, self._store = tx, store

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._tx, name)
        if name == "savepoint":
            return method
        return lambda *args: self._store.call(name, method, args)
