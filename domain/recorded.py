"""A fact together with the place the ledger gave it: what every fold reads."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from msgspec import Struct

F_co = TypeVar("F_co", covariant=True)


class UnknownFact(Struct, frozen=True, kw_only=True):
    """A fact of a type this program does not know: kept, counted and reported, never refused (R-EVT-03)."""

    type: str
    data: dict[str, Any]


class Recorded(Struct, Generic[F_co], frozen=True, kw_only=True):
    """One fact as recorded: ``position`` in the log from 0, ``version`` in its stream from 1.

    ``leaf`` is its public name (hexadecimal leaf hash); ``time`` is when it happened and
    ``recordedtime`` when it was recorded, both as `domain.classified.Timestamp`.
    """

    fact: F_co
    type: str
    position: int
    stream: str
    version: int
    leaf: str
    id: str
    time: str
    recordedtime: str
    authtype: str
    authid: str
    authroles: tuple[str, ...] = ()
    correlationid: str | None = None
    causationid: str | None = None
