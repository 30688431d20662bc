"""The page of an incident: its state, what is next, the gates and the timeline, as of now or of a version."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from starlette.responses import Response

from api.directory import absent
from api.incidents import PastQuery, past
from api.pages.frame import PageRow, frame, page_for
from api.pages.rendering import render
from api.queries import decode_query
from api.routes import Call
from application import views
from application.engine import Engine
from application.incident_views import gates, next_step
from application.views import NOW, At
from domain.context import Principal


@page_for("reader")
async def incident(call: Call) -> Response:
    """Return an incident with its timeline, as of now or of a version."""
    service, principal = call.service, call.principal
    query = decode_query(call.request, PastQuery)
    name = call.path("incident")
    known = service.directory.visible(await service.read(service.directory.look_up, name), name, principal)
    shown = await service.read(_incident, service.engine, known.stream, principal, past(query))
    if shown is None or shown["incident"].version < (query.at_version or 0):
        raise absent(name)
    return render("incident.html", **await frame(call.request), **shown)


def _incident(engine: Engine, stream: str, principal: Principal, at: At) -> dict[str, Any] | None:
    """Return what the page of an incident shows, None where it was not yet open."""
    view, timeline = views.incident(engine, stream, at), views.timeline_view(engine, stream, at)
    upcoming, board = next_step(engine, stream, principal, at), gates(engine, stream, at)
    newest = views.incident(engine, stream, NOW)
    if view is None or timeline is None or upcoming is None or board is None or newest is None:
        return None
    return {
        "incident": view,
        "newest": newest,
        "upcoming": upcoming,
        "gates": board.gates,
        "days": _days(timeline.entries),
        "unknown": timeline.unknown,
    }


def _days(entries: Any) -> list[tuple[str, list[Any]]]:
    return [(day, list(members)) for day, members in groupby(entries, key=lambda entry: entry.time[:10])]


PAGES = (PageRow("GET", "/incidents/{incident}", incident),)
