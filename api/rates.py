"""How often a principal may ask: a bucket of tokens each, refilled steadily (R-SVC-13)."""

from __future__ import annotations

from collections.abc import Callable

import msgspec


class _Bucket(msgspec.Struct):
    """What is left, and when that was so (seconds)."""

    left: float
    at: float


class Rates:
    """One bucket for each of the few principals; used from the event loop alone."""

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float]) -> None:
        self._per_second, self._burst, self._clock = per_second, burst, clock
        self._buckets: dict[str, _Bucket] = {}

    def allows(self, principal: str) -> bool:
        """Return whether one more request is within the rate, and count it if so."""
        now = self._clock()
        bucket = self._buckets.setdefault(principal, _Bucket(self._burst, now))
        bucket.left = min(self._burst, bucket.left + (now - bucket.at) * self._per_second)
        bucket.at = now
        if bucket.left < 1:
            return False
        bucket.left -= 1
        return True
