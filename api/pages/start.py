"""The start page: where everything is and, to who is signed in, the incidents; signing in and out."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from api.auth import session
from api.pages.frame import PageRow, frame, page
from api.pages.rendering import render
from api.permissions import may
from api.queries import decode_query
from api.routes import Call
from api.service import service_of
from api.sessions import signed_in, signed_out, token_of_form
from application.incident_board import Board, Wanted
from domain.context import Principal
from projections.incident_list import Row

SHOWN = 50
"""How many incidents a page shows."""


class BoardQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which incidents the start page shows; a form leaves empty what it does not ask for."""

    find: Annotated[str, Meta(max_length=200)] = ""
    state: Annotated[str, Meta(max_length=64)] = ""
    severity: Literal["", "SEV-1", "SEV-2", "SEV-3"] = ""
    phase: Literal["", "1", "2", "3", "4"] = ""
    service: Annotated[str, Meta(max_length=256)] = ""
    drill: Literal["", "only", "none"] = ""
    page: Annotated[int, Meta(ge=1, le=100_000)] = 1


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
    query, board = BoardQuery(), None
    if principal is not None and may(principal, "reader"):
        query = decode_query(request, BoardQuery)
        board = await service.read(_board, Call(request, service, principal), query)
    return render(
        "start.html",
        status,
        **await frame(request),
        board=board,
        query=query,
        pages=_pages(request, query, 0 if board is None else board.found),
        wrong=wrong,
        url=str(request.base_url).rstrip("/"),
    )


def _board(call: Call, query: BoardQuery) -> Board:
    wanted = Wanted(
        find=query.find or None,
        state=query.state or None,
        severity=query.severity or None,
        phase=int(query.phase) if query.phase else None,
        service=query.service or None,
        drill={"only": True, "none": False}.get(query.drill),
    )
    service, directory = call.service, call.service.directory

    def visible(row: Row) -> bool:
        return row.visibility == "open" or directory.there(directory.look_up(row.stream), call.principal)

    return service.boards.board(wanted, visible, service.names.current(), (query.page - 1) * SHOWN, SHOWN)


def _pages(request: Request, query: BoardQuery, found: int) -> dict[str, str]:
    """Return where the pages before and after this one are."""
    wanted = {"Newer": query.page - 1, "Older": query.page + 1}
    last = max(1, -(-found // SHOWN))
    here = request.url
    return {
        text: f"/?{here.include_query_params(page=page).query}"
        for text, page in wanted.items()
        if 1 <= page <= last
    }


PAGES = (
    PageRow("GET", "/", start),
    PageRow("POST", "/session", sign_in),
    PageRow("POST", "/session/end", sign_out),
)
