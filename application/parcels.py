"""What is recorded at once: deliveries by themselves and those told together, in shares of one append."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from application.aggregating import Aggregated
from domain import source
from domain.context import Context
from domain.own_commands import ReceiveDelivery
from domain.signal import Signal
from domain.source_facts import SourceFact
from domain.streams import source_stream

SHARE = 1_000
"""How many alerts are decided and recorded at once."""

Parcel = ReceiveDelivery | Aggregated
"""A delivery by itself, or those of a source that are told together."""


class Slice(Struct, frozen=True):
    """Alerts of the parcel ``index``; its first slice has all that is not an alert as well."""

    index: int
    signals: Sequence[Signal]
    first: bool


def stream_of(parcel: Parcel) -> str:
    """Return the stream that says that it came."""
    told = parcel.command if isinstance(parcel, Aggregated) else parcel.delivery
    return source_stream(told.source)


def id_of(parcel: Parcel) -> str:
    """Return its delivery's id."""
    return parcel.command.delivery_id if isinstance(parcel, Aggregated) else parcel.delivery_id


def facts_of(parcel: Parcel, context: Context) -> tuple[SourceFact, ...]:
    """Return the facts that it came, and of what belongs to no alert."""
    return source.decide(parcel.command if isinstance(parcel, Aggregated) else parcel, context)


def weight_of(parcel: Parcel, part: Slice) -> int:
    """Return how much there is to decide, in alerts; to count a repetition is a tenth of one."""
    return len(parcel.reports) // 10 if isinstance(parcel, Aggregated) else len(part.signals)


def shares(parcels: Sequence[Parcel]) -> list[list[Slice]]:
    """Return what to record in one append each: at most `SHARE` alerts, beside those told together."""
    found: list[list[Slice]] = [[]]
    room = SHARE
    for index, parcel in enumerate(parcels):
        signals = () if isinstance(parcel, Aggregated) else parcel.delivery.signals
        for start in range(0, max(len(signals), 1), SHARE):
            part = signals[start : start + SHARE]
            if found[-1] and len(part) > room:
                found.append([])
                room = SHARE
            found[-1].append(Slice(index, part, start == 0))
            room -= len(part)
    return found
