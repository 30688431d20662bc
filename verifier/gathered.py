"""What the pass over the entries puts aside for the steps after it: references, and facts of incidents."""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import Any, Self
from zlib import crc32

import msgspec

from domain.recorded import UnknownFact
from domain.streams import is_incident
from ledger.event import Event
from ledger.keyfacts import STREAM as KEYS
from ledger.references import references
from verifier.facts import fact_of
from verifier.spool import PARTS, Spool


class Referred(msgspec.Struct, frozen=True, array_like=True):
    """Entry ``position`` names the file with this SHA-256, and its size unless the file is in clear."""

    sha256: str
    size: int | None
    position: int


class InIncident(msgspec.Struct, frozen=True, array_like=True):
    """The attributes of an event in an incident's stream, and its place in the log."""

    stream: str
    attributes: dict[str, Any]
    position: int
    leaf: str

    @property
    def event(self) -> Event:
        """The event."""
        return Event(**{**self.attributes, "authroles": tuple(self.attributes["authroles"])})


def blob_part(sha256: str) -> int:
    """Return the part of the spool for a blob: that of its directory, so that both can be read in order."""
    return int(sha256[:2], 16)


class Gathered:
    """Fed with every entry that holds; its spools lie in temporary files when they grow.

    ``broken`` are the incidents of which an entry was refused, so that nothing follows from the rest.
    """

    def __init__(self) -> None:
        self.referred = Spool(Referred, lambda item: item.sha256, blob_part)
        self.incidents = Spool(
            InIncident, lambda item: item.stream, lambda stream: crc32(stream.encode()) % PARTS
        )
        self.broken: set[str] = set()
        self.unknown: Counter[str] = Counter()

    def __enter__(self) -> Self:
        """Return itself; on exit its files are gone."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the spools."""
        self.referred.__exit__(kind, error, trace)
        self.incidents.__exit__(kind, error, trace)

    def add(self, event: Event, position: int, leaf: bytes) -> None:
        """Put aside what a verified entry says; raises `IntegrityError` where a fact is malformed."""
        for reference in references(event.data):
            self.referred.put(Referred(reference.sha256, reference.size, position))
        if event.subject == KEYS:
            return
        if is_incident(event.subject):
            attributes = msgspec.structs.asdict(event)
            self.incidents.put(InIncident(event.subject, attributes, position, leaf.hex()))
        if isinstance(fact_of(event, position), UnknownFact):
            self.unknown[event.type] += 1
