"""Events put aside as recorded facts of the domain, which the folds take."""

from __future__ import annotations

from typing import TypeAlias

from domain.facts import Fact
from domain.recorded import Recorded, UnknownFact
from verifier.gathered import InIncident

RecordedFact: TypeAlias = Recorded[Fact | UnknownFact]


def recorded(item: InIncident, fact: Fact | UnknownFact) -> RecordedFact:
    """Return ``fact``, which ``item`` says, with its place in the log."""
    return Recorded(
        fact=fact,
        type=item.type,
        position=item.position,
        stream=item.stream,
        version=item.version,
        leaf=item.leaf.hex(),
        id=item.id,
        time=item.time,
        recordedtime=item.recordedtime,
        authtype=item.authtype,
        authid=item.authid,
        authroles=item.authroles,
        correlationid=item.correlationid,
        causationid=item.causationid,
    )
