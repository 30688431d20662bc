"""Facts of incidents that were read lately: a stream only grows, so what was read of it stays true.

Everything that people see of an incident is folded from its facts on each request (design 7); reading and
verifying ten thousand of them again each time would be most of the wait.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from application.reading import RecordedFact, recorded
from ledger.store.contract import Reader

V = TypeVar("V")

CAPACITY = 25_000
"""How many facts are kept, about 1.5 kB each; a stream with more is read anew each time."""


FOLDS = 64
"""How many folds are kept, of the last incidents that somebody looked at."""


class Remembered:
    """The facts of streams and what they fold to, those asked for last kept. Safe to share among threads."""

    def __init__(self, store: Reader, capacity: int = CAPACITY) -> None:
        self._store, self._capacity = store, capacity
        self._folds: OrderedDict[tuple[str, int, Callable[..., Any]], Any] = OrderedDict()
        self._streams: OrderedDict[str, tuple[RecordedFact, ...]] = OrderedDict()
        self._size = 0
        self._guard = threading.Lock()  # guards all of the above

    def facts(self, stream: str) -> tuple[RecordedFact, ...]:
        """Return the facts of a stream in order; only what came since the last time is read."""
        with self._guard:
            known = self._streams.get(stream, ())
        version = known[-1].version if known else 0
        news = tuple(recorded(row) for row in self._store.stream_rows(stream, version))
        return self._keep(stream, known + news) if news else known

    def folded(
        self, fold: Callable[[Sequence[RecordedFact]], V], stream: str, facts: Sequence[RecordedFact]
    ) -> V:
        """Return ``fold(facts)``, ``facts`` being those of a stream up to some version.

        ``fold`` is a function of a module: by it, the stream and the version a fold is known again.
        """
        key = (stream, facts[-1].version, fold) if facts else (stream, 0, fold)
        with self._guard:
            if key in self._folds:
                self._folds.move_to_end(key)
                kept: V = self._folds[key]
                return kept
        view = fold(facts)
        with self._guard:
            self._folds[key] = view
            while len(self._folds) > FOLDS:
                self._folds.popitem(last=False)
        return view

    def _keep(self, stream: str, facts: tuple[RecordedFact, ...]) -> tuple[RecordedFact, ...]:
        with self._guard:
            self._size += len(facts) - len(self._streams.pop(stream, ()))
            self._streams[stream] = facts
            while self._size > self._capacity:
                _, oldest = self._streams.popitem(last=False)
                self._size -= len(oldest)
        return facts
