"""The start page: where everything is and, to who is signed in, the incidents; signing in and out."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from api.auth import session
from api.incidents import ListQuery
from api.incidents import page as list_page
from api.pages.frame import PageRow, frame, page
from api.pages.rendering import render
from api.permissions import may
from api.routes import Call
from api.service import service_of
from api.sessions import signed_in, signed_out, token_of_form
from application.views import NOW
from domain.context import Principal

SHOWN = 1_000


@page
async def start(request: Request) -> Response:
    """Return the start page."""
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
        **await frame(request),
        incidents=incidents,
        wrong=wrong,
        url=str(request.base_url).rstrip("/"),
    )


PAGES = (
    PageRow("GET", "/", start),
    PageRow("POST", "/session", sign_in),
    PageRow("POST", "/session/end", sign_out),
)
