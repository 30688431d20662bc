"""The notices that wait, as of everything that is committed, also by other processes.

Kept in memory by reading the three types of fact that matter, from the log's first entry on: what was
requested before this process started is found like anything else.
"""

from __future__ import annotations

import structlog

from application.reading import BATCH, RecordedFact, recorded, stream_facts
from ledger.errors import IntegrityError
from ledger.store.contract import Reader, Row
from projections.outbox import TYPES, Waiting, after, concerns

log = structlog.get_logger(__name__)


class Outbox:
    """What waits in one log; one thread at a time uses it."""

    def __init__(self, store: Reader) -> None:
        self._store = store
        self._reached = 0
        self._waiting: dict[str, Waiting] = {}

    def catch_up(self) -> int:
        """Apply everything committed before this call; return the position reached."""
        end = self._store.head().size
        while self._reached < end:
            rows = self._store.rows_of_type(TYPES, self._reached, BATCH)
            for row in rows:
                self._apply(row)
            beyond = rows[-1].position + 1 if rows else 0
            self._reached = beyond if len(rows) == BATCH else max(end, beyond)
        return self._reached

    def waiting(self) -> tuple[Waiting, ...]:
        """Return all that wait, the one that is due first in front."""
        return _in_order(self._waiting)

    def due(self, now: str) -> tuple[Waiting, ...]:
        """Return those whose time has come."""
        return tuple(item for item in self.waiting() if item.due <= now)

    def _apply(self, row: Row) -> None:
        try:
            _add(self._waiting, recorded(row))
        except IntegrityError:
            # `log fsck` says what is wrong with it; people must still be told what the others say.
            log.exception("a fact about a notice does not hold", position=row.position)


def waiting_in(store: Reader, stream: str) -> tuple[Waiting, ...]:
    """Return what waits in one incident."""
    found: dict[str, Waiting] = {}
    for item in stream_facts(store, stream):
        _add(found, item)
    return _in_order(found)


def _add(found: dict[str, Waiting], item: RecordedFact) -> None:
    name = concerns(item)
    if name is None:
        return
    waits = after(found.pop(name, None), item)
    if waits is not None:
        found[name] = waits


def _in_order(found: dict[str, Waiting]) -> tuple[Waiting, ...]:
    return tuple(sorted(found.values(), key=lambda item: item.due))
