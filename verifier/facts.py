"""Events as recorded facts of the domain, for the folds."""

from __future__ import annotations

from domain.facts import Fact, decode
from domain.recorded import Recorded, UnknownFact
from ledger.errors import IntegrityError
from ledger.event import Event


def recorded(event: Event, position: int, leaf: str) -> Recorded[Fact | UnknownFact]:
    """Return the fact of a verified event with its place; raises `IntegrityError` if it is malformed."""
    return Recorded(
        fact=fact_of(event, position),
        type=event.type,
        position=position,
        stream=event.subject,
        version=event.streamversion,
        leaf=leaf,
        id=event.id,
        time=event.time,
        recordedtime=event.recordedtime,
        authtype=event.authtype,
        authid=event.authid,
        authroles=event.authroles,
        correlationid=event.correlationid,
        causationid=event.causationid,
    )


def fact_of(event: Event, position: int) -> Fact | UnknownFact:
    """Return what the event's data says, for types this program knows."""
    try:
        return decode(event.type, event.data)
    except ValueError as error:
        raise IntegrityError(f"entry {position}", f"data of {event.type}", error) from error
