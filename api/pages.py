"""Pages for people: the start page, an incident with its timeline, and how things went wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.auth import session
from api.directory import absent
from api.incidents import ListQuery, PastQuery, past
from api.incidents import page as list_page
from api.permissions import may
from api.problems import ProblemError, of_exception
from api.queries import decode_query
from api.rendering import render
from api.routes import Call
from api.service import Service, service_of
from api.sessions import signed_in, signed_out, token_of_form
from application import views
from application.engine import Engine
from application.incident_views import gates, next_step
from application.views import NOW, At
from domain.context import Principal

SHOWN = 1_000

Page = Callable[[Request], Awaitable[Response]]


def page(handler: Page) -> Page:
    """Return ``handler`` with its problems shown as pages."""

    async def shown(request: Request) -> Response:
        try:
            return await handler(request)
        except ProblemError as error:
            return _problem_page(request, error)

    return shown


@page
async def start(request: Request) -> Response:
    """Return the start page: where everything is and, to who is signed in, the incidents."""
    return await _start(request, session(request, service_of(request)))


@page
async def sign_in(request: Request) -> Response:
    """Return the start page again, signed in."""
    service = service_of(request)
    token = await token_of_form(request, service)
    if token is None:
        return await _start(request, None, status=401, wrong=True)
    return signed_in(request, service, token)


@page
async def sign_out(request: Request) -> Response:
    """Return the start page, signed out."""
    return signed_out(request, service_of(request))


@page
async def incident(request: Request) -> Response:
    """Return an incident with its timeline, as of now or of a version."""
    service = service_of(request)
    principal = session(request, service)
    if principal is None or not may(principal, "reader"):
        return RedirectResponse("/", 303)
    query = decode_query(request, PastQuery)
    name = request.path_params["incident"]
    known = service.directory.visible(await service.read(service.directory.look_up, name), name, principal)
    shown = await service.read(_incident, service.engine, known.stream, principal, past(query))
    if shown is None or shown["incident"].version < (query.at_version or 0):
        raise absent(name)
    return render("incident.html", **await _frame(service, principal), **shown)


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


async def _start(
    request: Request, principal: Principal | None, status: int = 200, *, wrong: bool = False
) -> Response:
    service = service_of(request)
    incidents = None
    if principal is not None and may(principal, "reader"):
        call = Call(request, service, principal)
        found = await service.read(list_page, call, ListQuery(limit=SHOWN), NOW)
        incidents = tuple(reversed(found.incidents))
    return render(
        "start.html",
        status,
        **await _frame(service, principal),
        incidents=incidents,
        wrong=wrong,
        url=str(request.base_url).rstrip("/"),
    )


async def _frame(service: Service, principal: Principal | None) -> dict[str, Any]:
    """Return what every page shows around its subject."""
    engine = service.engine
    newest = await service.read(engine.store.newest_publication)
    refusal = engine.writer.refusal
    return {
        "version": service.version,
        "origin": engine.origin,
        "size": (await service.read(engine.store.head)).size,
        "published": 0 if newest is None else newest.size,
        "refusal": None if refusal is None else str(refusal),
        "principal": principal,
    }


def _problem_page(request: Request, error: ProblemError) -> Response:
    problem = of_exception(error).problem
    service = service_of(request)
    return render(
        "problem.html",
        problem.status,
        version=service.version,
        origin=service.engine.origin,
        principal=session(request, service),
        problem=problem,
    )


def _days(entries: Any) -> list[tuple[str, list[Any]]]:
    return [(day, list(members)) for day, members in groupby(entries, key=lambda entry: entry.time[:10])]
