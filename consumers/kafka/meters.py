"""Numbers of the intake: what was taken in, how far behind it is, and what went wrong."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from application.arriving import Arriving
from application.intake import Taken
from ledger.sourceoffset import Owned


class Meters:
    """Written by the thread that polls, read by whoever asks."""

    def __init__(self) -> None:
        self.started = self.ticked = time.time()
        self.records = self.signals = self.duplicates = self.quarantined = 0
        self.rebalances = self.fenced = self.stalls = 0
        self.troubled = False
        self.lag: Mapping[str, int] = {}
        self.oldest: Mapping[str, float] = {}
        self._last: dict[str, float] = {}

    def took(self, items: Sequence[Arriving], taken: Taken) -> None:
        """Count what was recorded."""
        self.records += len(items)
        self.signals += taken.received
        self.duplicates += taken.duplicates
        self.quarantined += sum(is_poison(item) for item in items)
        for item in items:
            origin = item.origin
            if origin is not None and origin.timestamp_ms is not None:
                self._last[f"{origin.topic}/{origin.partition}"] = origin.timestamp_ms / 1000

    def measured(self, consumer: Any, owned: Mapping[Any, Owned]) -> None:
        """Note how far behind each partition is: in records, and in seconds since the last was written."""
        lag = {f"{place.topic}/{place.partition}": _lag(consumer, place, row) for place, row in owned.items()}
        now = time.time()
        self.lag = lag
        self.oldest = {
            name: max(0.0, now - self._last[name]) if behind and name in self._last else 0.0
            for name, behind in lag.items()
        }


def is_poison(item: Arriving) -> bool:
    """Return whether nothing of a delivery could be read."""
    delivery = item.delivery
    told = delivery.signals or delivery.remarks or delivery.changes or delivery.silences
    return bool(delivery.rejected) and not told


def _lag(consumer: Any, place: Any, row: Owned) -> int:
    highwater: int | None = consumer.highwater(place)
    return 0 if highwater is None else max(0, highwater - row.next_offset)
