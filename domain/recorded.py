"""A fact together with the place the ledger gave it: what every fold reads."""

from __future__ import annotations

from typing import Any, Generic, Protocol, TypeVar

from msgspec import Struct

F_co = TypeVar("F_co", covariant=True)


class Stamped(Protocol[F_co]):
    """What a fold may know of a fact besides the fact: its place in the stream, who, and when.

    ``version`` from 1; ``authid`` is the principal behind it; ``time`` is when it happened,
    ``recordedtime`` when it was recorded, both as `domain.classified.Timestamp`.
    """

    @property
    def fact(self) -> F_co:
        """The fact."""

    @property
    def version(self) -> int:
        """Its version in the stream."""

    @property
    def authid(self) -> str:
        """The principal who stands behind it."""

    @property
    def time(self) -> str:
        """When it happened."""

    @property
    def recordedtime(self) -> str:
        """When it was recorded."""


class Pending(Struct, Generic[F_co], frozen=True, kw_only=True):
    """A fact that is decided and about to be recorded, with the stamp that the ledger will give it."""

    fact: F_co
    version: int
    authid: str
    time: str
    recordedtime: str


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
