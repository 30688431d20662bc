"""The heads of recently written streams, and when they can be trusted without reading."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from ledger.chain import empty_stream
from ledger.store.contract import Head, Store, StreamHead, Transaction


class RecentHeads:
    """An LRU of stream heads, true as of the head this process last saw committed."""

    def __init__(self, store: Store, origin: str, capacity: int = 10_000) -> None:
        self._store, self._origin, self._capacity = store, origin, capacity
        self._heads: OrderedDict[str, StreamHead] = OrderedDict()
        self._known: tuple[int, bytes] | None = None
        self._guessed: dict[str, StreamHead] = {}

    def guesses(self, streams: Sequence[str]) -> Mapping[str, StreamHead]:
        """Return what the heads of ``streams`` probably are; no lock is held."""
        missing = [stream for stream in streams if stream not in self._heads]
        found = self._store.stream_heads(missing) if missing else {}
        self._guessed = {
            stream: self._heads.get(stream) or found.get(stream) or empty_stream(self._origin, stream)
            for stream in streams
        }
        return self._guessed

    def certain(self, head: Head, streams: Sequence[str], tx: Transaction) -> Mapping[str, StreamHead]:
        """Return the heads of ``streams`` under the lock.

        If the log is as this process left it, nobody else has appended and the guesses are
        facts; otherwise they are read again.
        """
        if self._known == (head.size, head.root):
            return self._guessed
        self._heads.clear()
        found = tx.stream_heads(streams)
        return {s: found.get(s) or empty_stream(self._origin, s) for s in streams}

    def moved(self, head: Head, heads: Mapping[str, StreamHead]) -> None:
        """Remember what was committed."""
        self._known = (head.size, head.root)
        for stream, stream_head in heads.items():
            self._heads[stream] = stream_head
            self._heads.move_to_end(stream)
        while len(self._heads) > self._capacity:
            self._heads.popitem(last=False)
