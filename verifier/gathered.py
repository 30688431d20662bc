"""What the pass over the entries puts aside for the steps after it: references, and facts of incidents."""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import Any, Self
from zlib import crc32

import msgspec

from domain.facts import Fact, decode
from domain.people_facts import STREAM as PEOPLE
from domain.recorded import UnknownFact
from domain.streams import is_incident
from ledger.commitments import Commitment, commitments, may_commit
from ledger.errors import IntegrityError
from ledger.event import Event
from ledger.keyfacts import STREAM as KEYS
from ledger.references import may_refer, references
from projections.names import called
from verifier.completeness import Heads
from verifier.spool import PARTS, Spool


class Held(msgspec.Struct, frozen=True):
    """An entry that holds: its event, the event's bytes, and its place in the log."""

    event: Event
    payload: bytes
    position: int
    leaf: bytes


class Referred(msgspec.Struct, frozen=True, array_like=True):
    """Entry ``position`` names the file with this SHA-256, and its size unless the file is in clear."""

    sha256: str
    size: int | None
    position: int


class InIncident(msgspec.Struct, frozen=True, array_like=True):
    """An event of an incident's stream and its place in the log."""

    stream: str
    version: int
    position: int
    leaf: bytes
    id: str
    type: str
    time: str
    recordedtime: str
    authtype: str
    authid: str
    authroles: tuple[str, ...]
    correlationid: str | None
    causationid: str | None
    data: dict[str, Any]


def blob_part(sha256: str) -> int:
    """Return the part of the spool for a blob: that of its directory, so that both can be read in order."""
    return int(sha256[:2], 16)


class Gathered:
    """Fed with every entry that holds; its spools lie in temporary files when they grow.

    ``heads``, where an export lists streams, learns up to where they go; only then are filled ``committed``,
    for the export of a ledger discloses nothing, and ``called``, what commits to the name of each person.
    ``broken`` are the incidents of which an entry was refused, so that nothing follows from the rest;
    ``solo`` counts those whose last profile knows no separation of duties (R-PROF-01).
    """

    def __init__(self, heads: Heads | None = None) -> None:
        self.heads = heads
        self.referred = Spool(Referred, lambda item: item.sha256, blob_part)
        self.committed = Spool(Commitment, lambda item: item.c, blob_part)
        self.incidents = Spool(
            InIncident, lambda item: item.stream, lambda stream: crc32(stream.encode()) % PARTS
        )
        self.broken: set[str] = set()
        self.unknown: Counter[str] = Counter()
        self.called: dict[str, str] = {}
        self.solo = 0

    def __enter__(self) -> Self:
        """Return itself; on exit its files are gone."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the spools."""
        self.referred.__exit__(kind, error, trace)
        self.committed.__exit__(kind, error, trace)
        self.incidents.__exit__(kind, error, trace)

    def add(self, held: Held) -> None:
        """Put aside what a verified entry says; raises `IntegrityError` where a fact is malformed.

        Facts of incidents are read when all of an incident's are there, by `fact`.
        """
        event, payload, position = held.event, held.payload, held.position
        for reference in references(event.data) if may_refer(payload) else ():
            self.referred.put(Referred(reference.sha256, reference.size, position))
        if self.heads is not None:
            self.heads.add(event.subject, event.streamversion, position, held.leaf)
            for commitment in commitments(event.data) if may_commit(payload) else ():
                self.committed.put(commitment)
        if is_incident(event.subject):
            self.incidents.put(_in_incident(event, position, held.leaf))
        elif event.subject != KEYS:
            fact = self.fact(event.type, event.data, position)
            if self.heads is not None:
                self.heads.note(event.subject, position, fact)
                self.called.update(called([fact]) if event.subject == PEOPLE else {})

    def fact(self, name: str, data: dict[str, Any], position: int) -> Fact | UnknownFact:
        """Return what an event's data says; raises `IntegrityError` where it is malformed."""
        try:
            fact = decode(name, data)
        except ValueError as error:
            raise IntegrityError(f"entry {position}", f"data of {name}", error) from error
        if isinstance(fact, UnknownFact):
            self.unknown[name] += 1
        return fact


def _in_incident(event: Event, position: int, leaf: bytes) -> InIncident:
    return InIncident(
        event.subject,
        event.streamversion,
        position,
        leaf,
        event.id,
        event.type,
        event.time,
        event.recordedtime,
        event.authtype,
        event.authid,
        event.authroles,
        event.correlationid,
        event.causationid,
        event.data,
    )
