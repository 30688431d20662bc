"""The facts of incidents that somebody is looking at, read from the log once and remembered.

A fact never changes, so what is remembered is never wrong, only short: what came since is read each time.
Facts hold commitments in place of texts, so nothing that can be erased is kept here.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol

from application.reading import RecordedFact, recorded
from ledger.store.contract import Row

CAPACITY = 20_000
"""Facts in all: an incident far beyond the usual, and a few usual ones, in some tens of megabytes."""


class Streams(Protocol):
    """The part of a store that is asked for facts."""

    def stream_rows(self, stream: str, after: int = 0, limit: int = -1) -> Sequence[Row]:
        """Return the entries of a stream above version ``after``, in order."""


class Reels:
    """Facts by stream, those asked for last. Threads may share it."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._known: OrderedDict[str, tuple[RecordedFact, ...]] = OrderedDict()
        self._guard = threading.Lock()  # guards the map

    def facts(self, store: Streams, stream: str) -> tuple[RecordedFact, ...]:
        """Return the facts of a stream in order, up to its newest."""
        with self._guard:
            known = self._known.get(stream, ())
        newer = store.stream_rows(stream, known[-1].version if known else 0)
        facts = (*known, *map(recorded, newer)) if newer else known
        self._keep(stream, facts)
        return facts

    def _keep(self, stream: str, facts: tuple[RecordedFact, ...]) -> None:
        with self._guard:
            if len(self._known.get(stream, ())) <= len(facts) <= self._capacity:
                self._known[stream] = facts
                self._known.move_to_end(stream)
            while sum(map(len, self._known.values())) > self._capacity:
                self._known.popitem(last=False)
