"""Numbers: what one incident measured, and what incidents measured together, drawn and as tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeVar

import msgspec
from starlette.responses import Response

from api.incidents import no_past
from api.pages.frame import PageRow, frame, page_for
from api.pages.moments import MomentQuery, address, moment_of, utc
from api.pages.naming import named
from api.pages.rendering import render
from api.queries import decode_query
from api.routes import Call
from application.metrics import Which, by_month, of_incident, over_incidents
from application.views import incident
from domain.classified import Severity
from domain.flow.steps import STEPS
from projections.metrics.reading import MetricSummary, MetricValue

M = TypeVar("M", MetricValue, MetricSummary)

FIRST = ("mttd", "mtta", "mttr", "time_to_close")
"""What people ask for first."""


class NumbersQuery(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"since": "from", "until": "to"},
):
    """Which incidents; a field of the form that was left empty says nothing."""

    since: str = ""
    until: str = ""
    severity: Severity | Literal[""] = ""
    drills: bool = False


class Bar(msgspec.Struct, frozen=True):
    """A bar of a chart: its title, what it says, and its pieces from 0 to 1000."""

    title: str
    said: str
    unit: str
    pieces: tuple[Piece, ...]


class Piece(msgspec.Struct, frozen=True):
    """A piece of a bar, of ``kind`` for its colour."""

    kind: str
    start: int
    width: int


@page_for("reader")
async def of_one(call: Call) -> Response:
    """Return the page of one incident, as of now or of a moment."""
    at = moment_of(decode_query(call.request, MomentQuery))
    known, service = await named(call), call.service
    view = await service.read(of_incident, service.engine, known.stream, at)
    shown = await service.read(incident, service.engine, known.stream, at)
    if view is None or shown is None or view.version < (at.version or 0):
        raise no_past(call.path("incident"), at)
    asked = address(at)
    return render(
        "numbers_of_incident.html",
        **await frame(call.request),
        incident=shown,
        numbers=view,
        first=_first(view.metrics),
        bars=phases(view.metrics),
        at=asked,
    )


@page_for("reader")
async def over_all(call: Call) -> Response:
    """Return the page over incidents."""
    query, service = decode_query(call.request, NumbersQuery), call.service
    which = Which(
        since=utc(query.since, "from") if query.since else None,
        until=utc(query.until, "to") if query.until else None,
        severity=query.severity or None,
        drills=query.drills,
    )
    count, metrics = await service.read(over_incidents, service.engine, which)
    months = await service.read(by_month, service.engine, which)
    most = max((month.incidents for month in months), default=1)
    return render(
        "numbers.html",
        **await frame(call.request),
        count=count,
        metrics=[metric for metric in metrics if metric.raw is not None],
        unmeasured=[metric for metric in metrics if metric.raw is None],
        first=_first(metrics),
        steps=steps(metrics),
        months=[
            Bar(
                month.month, str(month.incidents), "count", (Piece("all", 0, 1000 * month.incidents // most),)
            )
            for month in months
        ],
        query=query,
        which=which,
    )


def phases(metrics: Iterable[MetricValue]) -> tuple[Bar, ...]:
    """Return a bar for each phase that the incident was in: its steps, one after the other."""
    spent = {step: _ms(it.recorded) for step, it in _steps(metrics) if it.recorded is not None}
    whole = {phase: sum(ms for step, ms in spent.items() if step[0] == phase) for phase in "1234"}
    most = max(1, *whole.values())
    return tuple(
        Bar(f"Phase {phase}", f"{ms // 1000}.{ms % 1000:03}", "seconds", _stacked(phase, spent, most))
        for phase, ms in whole.items()
        if any(step[0] == phase for step in spent)
    )


def steps(metrics: Iterable[MetricSummary]) -> tuple[Bar, ...]:
    """Return a bar for each step: the median of the time in it."""
    found = {step: it.recorded.median for step, it in _steps(metrics) if it.recorded is not None}
    most = max(1, *map(_ms, found.values())) if found else 1
    return tuple(
        Bar(f"{step} {STEPS[step].title}", said, "seconds", (Piece(step[0], 0, 1000 * _ms(said) // most),))
        for step, said in found.items()
    )


def _steps(metrics: Iterable[M]) -> list[tuple[str, M]]:
    return [(it.id[5:].replace("_", "."), it) for it in metrics if it.id.startswith("step_")]


def _stacked(phase: str, spent: dict[str, int], most: int) -> tuple[Piece, ...]:
    pieces, start = [], 0
    for step in sorted(step for step in spent if step[0] == phase):
        width = 1000 * spent[step] // most
        pieces.append(Piece(f"{phase} of-{step[-1]}", start, width))
        start += width
    return tuple(pieces)


def _first(metrics: Sequence[M]) -> list[M]:
    return [it for name in FIRST for it in metrics if it.id == name]


def _ms(said: str) -> int:
    return int(said.replace(".", ""))


PAGES = (
    PageRow("GET", "/incidents/{incident}/numbers", of_one),
    PageRow("GET", "/numbers", over_all),
)
