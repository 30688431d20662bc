"""How the delivery of notices goes in this process, for its metrics."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping


class NoticeNumbers:
    """``waiting`` notices are still to be delivered; every attempt is counted by channel and outcome."""

    def __init__(self) -> None:
        self.waiting = 0
        self._guard = threading.Lock()  # guards _counts
        self._counts: Counter[tuple[str, str]] = Counter()

    def count(self, channel: str, outcome: str) -> None:
        """Count an attempt."""
        with self._guard:
            self._counts[channel, outcome] += 1

    def counts(self) -> Mapping[tuple[str, str], int]:
        """Return the attempts so far."""
        with self._guard:
            return dict(self._counts)
