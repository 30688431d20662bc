"""The incidents to which an alert is attached, as of everything that is committed.

The index tells most of it and may lag; what it has not seen yet is read from the log.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from application.engine import Engine
from application.reading import recorded
from domain.facts import NAMES
from domain.intake.facts import SignalAttached

ATTACHED = (NAMES[SignalAttached],)
BATCH = 500


class Holders:
    """One look at which incidents hold which alerts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, alert: str) -> tuple[str, ...]:
        """Return the incidents to which ``alert`` is attached, but for those where it has ended."""
        late = self._late.get(alert, ())  # first: what the index learns meanwhile is told twice, not never
        return tuple(dict.fromkeys((*self._engine.index.holders(alert), *late)))

    @cached_property
    def _late(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        first, end = self._engine.index.position(), self._engine.store.head().size
        for alert, stream in attached(self._engine, first, end):
            found[alert].append(stream)
        return found


def attached(engine: Engine, first: int, end: int) -> Iterator[tuple[str, str]]:
    """Yield alert and incident of each attachment at positions ``first`` up to ``end``."""
    while first < end and (rows := engine.store.rows_of_type(ATTACHED, first, BATCH)):
        for row in rows:
            if row.position >= end:
                return
            fact = recorded(row).fact
            if isinstance(fact, SignalAttached):
                yield fact.alert, row.stream
        first = rows[-1].position + 1
