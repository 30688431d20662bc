"""Reads the log after its own position, in batches, and applies each batch with its new position.

A batch and the position after it are one transaction of the reader's own store, so a crash repeats
a batch or does not, and never skips one. Several processes may follow into one store: whoever finds
that the position has moved reads it again. Waiting always has a time-out: a missed wake-up costs a second.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
import structlog

from application.reading import RecordedFact, recorded
from ledger.commits import Commits
from ledger.errors import StoreError
from ledger.store.contract import Reader, Row

BATCH = 500
RETRY_S = 1.0
log = structlog.get_logger(__name__)


class Cursor(msgspec.Struct, frozen=True):
    """How far a reader has come: it has the first ``size`` entries; ``leaf`` is the last one's, in hex."""

    size: int
    leaf: str = ""


START = Cursor(0)


class Projection(Protocol):
    """Something kept up to date by a follower."""

    name: str

    def concerns(self, stream: str) -> bool:
        """Return whether facts of ``stream`` change anything here."""

    def cursor(self) -> Cursor:
        """Return how far it has come."""

    def apply(self, facts: Sequence[RecordedFact], before: Cursor, after: Cursor) -> bool:
        """Apply facts and move from ``before`` to ``after``, together or not at all.

        False, and nothing is changed, when another process has moved it meanwhile.
        """

    def start_over(self) -> None:
        """Forget everything."""


class Follower:
    """Brings a projection up to date; one thread at a time does the work."""

    def __init__(self, store: Reader, projection: Projection) -> None:
        self._store, self._projection = store, projection
        self._working = threading.Lock()
        self._reached = START  # guarded by _working

    @property
    def name(self) -> str:
        """The projection's name."""
        return self._projection.name

    def lag(self) -> int:
        """Return how many committed entries are not applied yet."""
        return max(0, self._store.head().size - self._projection.cursor().size)

    def catch_up(self, stop: threading.Event | None = None) -> int:
        """Apply everything committed before this call, or until ``stop``; return the position reached.

        Raises `IntegrityError` and what the projection raises; all before the entry at fault is applied.
        """
        end = self._store.head().size
        with self._working:
            while (cursor := self._cursor()).size < end and not (stop and stop.is_set()):
                rows = self._store.rows(cursor.size, min(BATCH, end - cursor.size))
                self._apply(rows, cursor)
            return cursor.size

    def _cursor(self) -> Cursor:
        """Return where to go on; a projection of entries that the log does not have starts over."""
        cursor = self._projection.cursor()
        # What this follower has applied itself need not be compared again.
        if cursor not in (START, self._reached) and not self._is_of_this_log(cursor):
            log.warning("starts over: the log was replaced", follower=self.name, size=cursor.size)
            self._projection.start_over()
            cursor = START
        self._reached = cursor
        return cursor

    def _is_of_this_log(self, cursor: Cursor) -> bool:
        rows = self._store.rows(cursor.size - 1, 1)
        return bool(rows) and rows[0].leaf_hash.hex() == cursor.leaf

    def _apply(self, rows: Sequence[Row], before: Cursor) -> None:
        try:
            self._apply_whole(rows, before)
        except StoreError:
            # Smaller batches would not help.
            raise
        except Exception:
            if len(rows) == 1:
                raise
            # By halves, so that one entry at fault does not hold up those before it.
            middle = len(rows) // 2
            self._apply(rows[:middle], before)
            self._apply(rows[middle:], _after(rows[:middle]))

    def _apply_whole(self, rows: Sequence[Row], before: Cursor) -> None:
        facts = [recorded(row) for row in rows if self._projection.concerns(row.stream)]
        after = _after(rows)
        if self._projection.apply(facts, before, after):
            self._reached = after


def _after(rows: Sequence[Row]) -> Cursor:
    return Cursor(rows[-1].position + 1, rows[-1].leaf_hash.hex())


def run_follower(
    follower: Follower,
    commits: Commits,
    stop: threading.Event,
    *,
    on_error: Callable[[Exception], None] | None = None,
) -> None:
    """Keep a projection up to date until ``stop``; an error is reported and tried again."""
    while not stop.is_set():
        try:
            position = follower.catch_up(stop)
        except Exception as e:  # whatever it is, a thread that ends in silence helps nobody
            log.exception("follower failed", follower=follower.name)
            if on_error is not None:
                on_error(e)
            stop.wait(RETRY_S)
        else:
            commits.wait_beyond(position)
