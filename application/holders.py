"""The incidents in which an alert may fire, as of everything that is committed.

The index tells most of it and may lag; what it has not seen yet is read from the log.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from application.engine import Engine
from application.reading import recorded
from domain.facts import NAMES
from domain.incident_facts import SignalAttached

ATTACHED = (NAMES[SignalAttached],)
BATCH = 500


class Holders:
    """One look at which incidents hold which alerts. An alert attached later is decided on later."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, alert: str) -> tuple[str, ...]:
        """Return the incidents to which ``alert`` is attached, but for those where it has ended."""
        late = self._late.get(alert, ())  # first: what the index learns meanwhile is told twice, not never
        return tuple(dict.fromkeys((*self._engine.index.holders(alert), *late)))

    @cached_property
    def _late(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for stream, fact in self._attached_since(self._engine.index.position()):
            found[fact.alert].append(stream)
        return found

    def _attached_since(self, position: int) -> Iterator[tuple[str, SignalAttached]]:
        while rows := self._engine.store.rows_of_type(ATTACHED, position, BATCH):
            for row in rows:
                fact = recorded(row).fact
                if isinstance(fact, SignalAttached):
                    yield row.stream, fact
            position = rows[-1].position + 1
