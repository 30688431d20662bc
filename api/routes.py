"""A route is a row: what it is called, who may ask, what goes in and what comes out.

The same row registers the handler, admits the caller and describes the operation in OpenAPI, so that
the three cannot disagree.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.auth import admit
from api.permissions import Access
from api.service import Service, service_of
from domain.context import Principal

RAW = "application/octet-stream"
"""Bytes as they are."""

NOBODY = Principal(id="p-anonymous", type="user")
"""Who asks where nobody needs to say."""


class Call(msgspec.Struct, frozen=True):
    """One request to a handler, by somebody who may make it."""

    request: Request
    service: Service
    principal: Principal

    def path(self, name: str) -> str:
        """Return a parameter of the path."""
        return str(self.request.path_params[name])


Handler = Callable[[Call], Awaitable[Response]]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A response: what it means, its media type, the type of its JSON, and headers worth knowing.

    ``also`` are media types in which the same can be had.
    """

    text: str
    kind: Any = None
    media: str = "application/json"
    also: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """What a request carries: any of these types, told apart by ``action`` if there are several.

    A ``media`` type other than JSON is bytes, of which nothing more is said.
    """

    kinds: tuple[Any, ...]
    examples: Mapping[str, Any]
    tagged: bool = True
    """Whether ``action`` is required; where the path names it, it may be left out."""
    media: str = "application/json"


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One operation; ``name`` is its stable operation id, ``problems`` its codes beyond the general ones.

    A ``foreign`` route speaks as another service does: its handler admits the caller, its failures are among
    ``answers``, and ``problems`` are all that there are.
    """

    method: str
    path: str
    handler: Handler
    name: str
    summary: str
    tag: str
    answers: Mapping[int, Answer]
    access: Access = "public"
    query: type[msgspec.Struct] | None = None
    headers: tuple[str, ...] = ()
    body: Body | None = None
    problems: tuple[str, ...] = ()
    text: str = ""
    foreign: bool = False


def endpoint(route: Route) -> Callable[[Request], Awaitable[Response]]:
    """Return what FastAPI calls for ``route``: it admits the caller, then asks the handler."""

    async def handle(request: Request) -> Response:
        service = service_of(request)
        who = NOBODY if route.access == "public" else admit(request, service, route.access)
        return await route.handler(Call(request, service, who))

    return handle


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return ``value`` as JSON."""
    body = msgspec.json.encode(value)
    return Response(body, status, media_type="application/json", headers=dict(headers or {}))
