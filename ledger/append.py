"""What is asked of the writer, and what it answers."""

from __future__ import annotations

import msgspec

from ledger.canonical import Json
from ledger.event import check_stream
from ledger.sourceoffset import Advance, Reposition
from ledger.store.contract import CommandRow, Row, Tracking


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An event that has no place yet: stream, version, link and recorded time come at the append.

    ``id`` is drawn once, when the command is decided, and kept through every retry.
    """

    id: str
    type: str
    time: str
    authtype: str
    authid: str
    authroles: tuple[str, ...]
    data: dict[str, Json]
    correlationid: str | None = None
    causationid: str | None = None
    decidedtime: str | None = None
    """When it was decided, if the decision depends on the time at which it is recorded; not stored."""


class Part(msgspec.Struct, frozen=True):
    """Drafts for one stream; ``expected`` is its version before them, None for whatever it is.

    Raises `IntegrityError` when ``stream`` is no name that a stream can have.
    """

    stream: str
    expected: int | None
    drafts: tuple[Draft, ...]

    def __post_init__(self) -> None:
        check_stream(self.stream, "stream")


class AppendRequest(msgspec.Struct, frozen=True):
    """Parts that are recorded together or not at all, at consecutive positions."""

    parts: tuple[Part, ...]
    command: CommandRow | None = None
    tracking: Tracking | None = None
    advances: tuple[Advance | Reposition, ...] = ()
    """Partitions of foreign logs that what is recorded was taken from."""

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams it writes to."""
        return tuple(part.stream for part in self.parts)

    @property
    def size(self) -> int:
        """How many entries it becomes."""
        return sum(len(part.drafts) for part in self.parts)


class Receipt(msgspec.Struct, frozen=True):
    """The entries a request became, on durable storage; with ``replayed``, by an earlier request."""

    rows: tuple[Row, ...]
    replayed: bool = False
