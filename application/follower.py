"""Reads the log after its own position, in batches, and applies each batch with its new position.

A cursor is a size: position n means "I have the first n entries". A batch and the position after it
are one transaction of the reader's own store, so a crash repeats a batch or does not, and never
skips one. Waiting always has a time-out: a missed wake-up costs a second.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from application.reading import RecordedFact, recorded
from ledger.commits import Commits
from ledger.errors import LedgerError
from ledger.keyfacts import STREAM as KEYS
from ledger.store.contract import Reader

BATCH = 500
RETRY_S = 1.0
log = structlog.get_logger(__name__)


class Projection(Protocol):
    """Something kept up to date by a follower."""

    name: str

    def position(self) -> int:
        """Return how many entries have been applied."""

    def apply(self, facts: Sequence[RecordedFact], position: int) -> None:
        """Apply facts and remember ``position``, together or not at all."""


class Follower:
    """Brings a projection up to date; one thread at a time does the work."""

    def __init__(self, store: Reader, projection: Projection) -> None:
        self._store, self._projection = store, projection
        self._working = threading.Lock()

    @property
    def name(self) -> str:
        """The projection's name."""
        return self._projection.name

    def lag(self) -> int:
        """Return how many committed entries are not applied yet."""
        return self._store.head().size - self._projection.position()

    def catch_up(self) -> int:
        """Apply everything committed before this call; return the position reached."""
        end = self._store.head().size
        with self._working:
            position = self._projection.position()
            while position < end:
                position = self._batch(position, end)
        return position

    def _batch(self, position: int, end: int) -> int:
        rows = self._store.rows(position, min(BATCH, end - position))
        facts = [recorded(row) for row in rows if row.stream != KEYS]
        self._projection.apply(facts, position + len(rows))
        return position + len(rows)


def run_follower(
    follower: Follower,
    commits: Commits,
    stop: threading.Event,
    *,
    on_error: Callable[[LedgerError], None] | None = None,
) -> None:
    """Keep a projection up to date until ``stop``; an error is reported and tried again."""
    position = 0
    while not stop.is_set():
        try:
            position = follower.catch_up()
        except LedgerError as e:
            log.exception("follower failed", follower=follower.name)
            if on_error is not None:
                on_error(e)
            stop.wait(RETRY_S)
        else:
            commits.wait_beyond(position)
