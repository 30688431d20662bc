"""Replay: an incident like a film, and each moment of it as a part that a script asks for (R-SVC-08)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
from starlette.responses import Response

from api.incidents import no_past
from api.pages.frame import PageRow, frame, page_for
from api.pages.moments import MomentQuery, address, moment_of
from api.pages.naming import named
from api.pages.rendering import render
from api.queries import decode_query
from api.routes import Call
from application.moment_view import MomentView, chapters_of, moment_view
from application.past import NOW, At
from domain.moment import instant, milliseconds, timestamp
from projections.chapters import Chapter

MINUTE = timedelta(minutes=1)
FIRST = At(version=1)
"""A film begins at its beginning."""


class Way(msgspec.Struct, frozen=True):
    """A control: where it leads, None where there is nothing more."""

    id: str
    sign: str
    text: str
    query: str | None


class Band(msgspec.Struct, frozen=True):
    """A stretch of the track, in thousandths of it."""

    phase: int | None
    start: int
    width: int


@page_for("reader")
async def replay(call: Call) -> Response:
    """Return the page, at one moment of the incident."""
    known, at = await named(call), _asked(call)
    shown = await _moment(call, known.stream, at)
    found = await call.service.read(chapters_of, call.service.engine, known.stream)
    return render(
        "replay.html",
        **await frame(call.request),
        **_values(shown, found, at),
        chapters=found,
        by_fact=_bands([_by_fact(shown, chapter) for chapter in found], found),
        by_time=_bands([_by_time(shown, chapter.recordedtime) for chapter in found], found),
    )


@page_for("reader")
async def moment(call: Call) -> Response:
    """Return the part of the page that is about one moment."""
    known, at = await named(call), _asked(call)
    shown = await _moment(call, known.stream, at)
    found = await call.service.read(chapters_of, call.service.engine, known.stream)
    return render("replay_moment.html", **_values(shown, found, at))


def _asked(call: Call) -> At:
    at = moment_of(decode_query(call.request, MomentQuery))
    return FIRST if at == NOW else at


async def _moment(call: Call, stream: str, at: At) -> MomentView:
    service = call.service
    shown = await service.read(moment_view, service.engine, stream, call.principal, at)
    if shown is None:
        raise no_past(call.path("incident"), at)
    return shown


def _values(shown: MomentView, found: Sequence[Chapter], at: At) -> dict[str, Any]:
    return {
        "moment": shown,
        "incident": shown.incident,
        "at": address(at),
        "by_clock": at.time is not None,
        "ways": _ways(shown, found),
        "place": _by_time(shown, shown.as_of),
    }


def _ways(shown: MomentView, found: Sequence[Chapter]) -> tuple[Way, ...]:
    """Return the controls, from the first moment to the newest."""
    here, last = shown.incident.version, shown.newest
    before = max((chapter.version for chapter in found if chapter.version < here), default=None)
    after = min((chapter.version for chapter in found if chapter.version > here), default=None)
    earlier, later = (timestamp(instant(shown.as_of) + step) for step in (-MINUTE, MINUTE))
    return (
        Way("first", "⇤", "First", _version(1 if here > 1 else None)),
        Way("chapter-before", "«", "Chapter back", _version(before)),
        Way("previous", "‹", "Fact back", _version(here - 1 or None)),
        Way("next", "›", "Next fact", _version(here + 1 if here < last else None)),
        Way("chapter-after", "»", "Next chapter", _version(after)),
        Way("last", "⇥", "Newest", _version(last if here < last else None)),
        Way(
            "earlier",
            "−",
            "1 min earlier",
            _time(max(earlier, shown.first_at)) if shown.as_of > shown.first_at else None,
        ),
        Way("later", "+", "1 min later", _time(later) if shown.as_of < shown.newest_at else None),
    )


def _version(version: int | None) -> str | None:
    return None if version is None else address(At(version=version))


def _time(time: str) -> str:
    return address(At(time=time))


def _by_fact(shown: MomentView, chapter: Chapter) -> int:
    return 1000 * (chapter.version - 1) // max(1, shown.newest - 1)


def _by_time(shown: MomentView, time: str) -> int:
    """Return where a time lies between the first and the newest fact."""
    whole = max(1, milliseconds(shown.first_at, shown.newest_at))
    return min(1000, 1000 * milliseconds(shown.first_at, time) // whole)


def _bands(starts: Sequence[int], found: Sequence[Chapter]) -> tuple[Band, ...]:
    ends = [*starts[1:], 1000]
    return tuple(
        Band(chapter.phase, start, max(2, end - start))
        for chapter, start, end in zip(found, starts, ends, strict=True)
    )


PAGES = (
    PageRow("GET", "/incidents/{incident}/replay", replay),
    PageRow("GET", "/incidents/{incident}/replay/moment", moment),
)
