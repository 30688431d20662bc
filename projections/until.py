"""The past of a stream: its facts as of a version or a recorded time (R-WF-35)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from typing import TypeVar

from domain.recorded import Recorded

F = TypeVar("F")


def until(
    recorded: Iterable[Recorded[F]], at_version: int | None = None, at: str | None = None
) -> tuple[Recorded[F], ...]:
    """Return the first facts of one stream, up to and including ``at_version`` and recorded time ``at``.

    ``at`` has the form of `domain.classified.Timestamp`; recorded time never falls within a stream,
    so both limits cut off an end.
    """

    def inside(item: Recorded[F]) -> bool:
        return (at_version is None or item.version <= at_version) and (at is None or item.recordedtime <= at)

    return tuple(takewhile(inside, recorded))
