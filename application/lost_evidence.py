"""Evidence that the record itself says is lost: exports go without it, and can still be made (R-GATE-51)."""

from __future__ import annotations

from functools import reduce

from application.reading import stream_facts
from domain.incident_state import NOTHING, seen
from domain.rootcause.pieces import lost_files
from domain.streams import is_incident
from ledger.store.contract import Reader


class LostEvidence:
    """Files on record as missing or damaged among the first ``size`` entries; what is stored is not asked.

    So two exports of one checkpoint are equal, whether or not such a file has been found again since.
    """

    def __init__(self, store: Reader, size: int) -> None:
        self._store, self._size = store, size
        self._known: dict[str, frozenset[str]] = {}

    def has(self, stream: str, sha256: str) -> bool:
        """Return whether the stream says of the file with this SHA-256 that it is lost."""
        if not is_incident(stream):
            return False
        if stream not in self._known:
            self._known[stream] = self._lost(stream)
        return sha256 in self._known[stream]

    def _lost(self, stream: str) -> frozenset[str]:
        facts = (item for item in stream_facts(self._store, stream) if item.position < self._size)
        return lost_files(reduce(seen, facts, NOTHING).rootcause)
