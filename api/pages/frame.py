"""What is around every page: who looks, how large the log is, and problems shown as pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.auth import session
from api.bodies import read_bytes
from api.compressing import compressed
from api.pages.rendering import render
from api.permissions import Access, may
from api.problems import ProblemError, of_exception, refused
from api.routes import Call
from api.service import service_of
from api.sessions import FORM_FIELD, check_form, form_token

Page = Callable[[Request], Awaitable[Response]]
Shown = Callable[[Call], Awaitable[Response]]
Fields = Mapping[str, list[str]]
Posted = Callable[[Call, Fields], Awaitable[Response]]

FORM_HEADER = "X-Form-Token"
"""Where a script shows that it is of a page of ours."""

FIELDS = 2_000
"""How many fields a form may have."""


class Link(msgspec.Struct, frozen=True):
    """A place in the bar of every page, for those who may."""

    text: str
    path: str
    access: Access


NAV: tuple[Link, ...] = (
    Link("Incidents", "/", "reader"),
    Link("Numbers", "/numbers", "reader"),
    Link("People", "/people", "reader"),
    Link("Log", "/log", "public"),
)


class PageRow(msgspec.Struct, frozen=True):
    """A page: how it is asked for, where, and what answers."""

    method: str
    path: str
    handler: Page


def page(handler: Page) -> Page:
    """Return ``handler`` with its problems shown as pages."""

    async def shown(request: Request) -> Response:
        try:
            answer = await handler(request)
        except ProblemError as error:
            answer = _problem_page(request, error)
        return compressed(request, answer) if isinstance(answer, HTMLResponse) else answer

    return shown


def page_for(access: Access) -> Callable[[Shown], Page]:
    """Return a decorator of pages for those who may; who is not signed in is sent to where one can be."""

    def decorate(handler: Shown) -> Page:
        @page
        async def shown(request: Request) -> Response:
            service = service_of(request)
            principal = session(request, service)
            if principal is None or not may(principal, access):
                return RedirectResponse("/", 303)
            return await handler(Call(request, service, principal))

        return shown

    return decorate


def around(request: Request) -> dict[str, Any]:
    """Return what every page needs, also one that says that something went wrong."""
    service = service_of(request)
    principal = session(request, service)
    return {
        "version": service.version,
        "names": {},
        "origin": service.engine.origin,
        "principal": principal,
        "nav": [link for link in NAV if principal is not None and may(principal, link.access)],
        "form_token": form_token(request),
        "path": request.url.path,
    }


def form_for(access: Access) -> Callable[[Posted], Page]:
    """Return a decorator of what a form of ours is sent to, by who may; raises on a form of another's."""

    def decorate(handler: Posted) -> Page:
        @page
        async def shown(request: Request) -> Response:
            service = service_of(request)
            principal = session(request, service)
            if principal is None or not may(principal, access):
                return RedirectResponse("/", 303)
            body = await read_bytes(request, service.limits.body_seconds)
            fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS)
            check_form(request, fields)
            return await handler(Call(request, service, principal), fields)

        return shown

    return decorate


def raw_for(access: Access) -> Callable[[Shown], Page]:
    """Return a decorator of what a script of ours sends bytes to: the form's token comes in a header."""

    def decorate(handler: Shown) -> Page:
        async def answered(request: Request) -> Response:
            service = service_of(request)
            principal = session(request, service)
            if principal is None or not may(principal, access):
                raise refused("TOKEN_MISSING", "sign in again", place="cookie", expected="a session")
            check_form(request, {FORM_FIELD: [request.headers.get(FORM_HEADER, "")]})
            return await handler(Call(request, service, principal))

        return answered

    return decorate


async def frame(request: Request) -> dict[str, Any]:
    """Return what a page shows around its subject."""
    service = service_of(request)
    engine = service.engine
    newest = await service.read(engine.store.newest_publication)
    refusal = engine.writer.refusal
    return {
        **around(request),
        "names": await service.read(service.names.current),
        "size": (await service.read(engine.store.head)).size,
        "published": 0 if newest is None else newest.size,
        "refusal": None if refusal is None else str(refusal),
    }


def _problem_page(request: Request, error: ProblemError) -> Response:
    problem = of_exception(error).problem
    return render("problem.html", problem.status, **around(request), problem=problem)
