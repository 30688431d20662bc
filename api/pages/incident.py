"""The page of an incident: its state, what is next, the gates and the timeline, as of now or of a version."""

from __future__ import annotations

from collections.abc import Container, Sequence
from itertools import groupby
from typing import Annotated, Any

from msgspec import Meta
from starlette.responses import Response

from api.directory import absent
from api.incidents import PastQuery, past
from api.pages.frame import PageRow, frame, page_for
from api.pages.rendering import render
from api.pages.words import GROUPS
from api.queries import decode_query
from api.requests import MAX_VERSION
from api.routes import Call
from application import views
from application.engine import Engine
from application.incident_views import communications, gates, next_step
from application.timeline_page import TimelineWanted, timeline_page
from application.views import NOW
from domain.context import Principal
from projections.timeline import Entry


class RoomQuery(PastQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which past, which entries, and what was recorded just now."""

    category: Annotated[str, Meta(max_length=32)] | None = None
    find: Annotated[str, Meta(max_length=200)] | None = None
    recorded: Annotated[str, Meta(pattern=r"^[0-9]{1,9}-[0-9]{1,9}$(?!\n)")] | None = None
    page: Annotated[int, Meta(ge=1, le=1_000_000)] = 1
    show: Annotated[int, Meta(ge=1, le=MAX_VERSION)] | None = None

    @property
    def wanted(self) -> TimelineWanted:
        """The entries that are asked for."""
        return TimelineWanted(category=self.category, find=self.find, page=self.page, show=self.show)

    @property
    def just_recorded(self) -> range:
        """The versions that somebody has just recorded, so that they see that it is there."""
        first, last = map(int, (self.recorded or "1-0").split("-"))
        return range(first, min(last + 1, first + 100))


@page_for("reader")
async def incident(call: Call) -> Response:
    """Return an incident with its timeline, as of now or of a version."""
    service, principal = call.service, call.principal
    query = decode_query(call.request, RoomQuery)
    name = call.path("incident")
    known = service.directory.visible(await service.read(service.directory.look_up, name), name, principal)
    shown = await service.read(_incident, service.engine, known.stream, principal, query)
    if shown is None or shown["incident"].version < (query.at_version or 0):
        raise absent(name)
    return render("incident.html", **await frame(call.request), **shown, query=query)


def _incident(engine: Engine, stream: str, principal: Principal, query: RoomQuery) -> dict[str, Any] | None:
    """Return what the page of an incident shows, None where it was not yet open."""
    at = past(query)
    view, newest = views.incident(engine, stream, at), views.incident(engine, stream, NOW)
    upcoming, board = next_step(engine, stream, principal, at), gates(engine, stream, at)
    told = communications(engine, stream, at)
    if not (view and upcoming and board and told and newest):
        return None
    timeline = timeline_page(engine, stream, at, query.wanted, query.just_recorded)
    allowed = {one.action for one in upcoming.allowed}
    return {
        "incident": view,
        "newest": newest,
        "upcoming": upcoming,
        "gates": board.gates,
        "told": told,
        "timeline": timeline,
        "days": _days(timeline.entries),
        "groups": _groups(allowed),
        "may_now": allowed.__contains__,
        "waiting_for_me": [it for it in upcoming.blockers if principal.id in it.people] if at == NOW else [],
    }


def _groups(allowed: Container[str]) -> list[tuple[str, list[str]]]:
    found = ((group, [one for one in actions if one in allowed]) for group, actions in GROUPS.items())
    return [(group, actions) for group, actions in found if actions]


def _days(entries: Sequence[Entry]) -> list[tuple[str, list[Entry]]]:
    return [(day, list(members)) for day, members in groupby(entries, key=lambda entry: entry.time[:10])]


PAGES = (PageRow("GET", "/incidents/{incident}", incident),)
