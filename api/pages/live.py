"""A page that stays open is told when its incident goes on: the version, and nothing of what was recorded.

The page then asks for itself again, so that there is one way only in which it is drawn.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from api.auth import session
from api.incidents import stream_of
from api.pages.frame import PageRow, page_for
from api.permissions import may
from api.problems import refused
from api.routes import Call
from api.service import service_of
from api.stream import LAST_ID, POLL_S
from api.waiting import grown


@page_for("reader")
async def live(call: Call) -> Response:
    """Return the endless stream of an incident's versions."""
    service = call.service
    if len(service.following) >= service.limits.streams:
        limit = str(service.limits.streams)
        raise refused("STREAMS_EXCEEDED", f"streams: expected at most {limit}", expected=limit, found="more")
    stream = await stream_of(call)
    seen = call.request.headers.get(LAST_ID, "")
    after = int(seen) if seen.isdecimal() and len(seen) < 10 else 0
    return EventSourceResponse(
        _versions(call.request, stream, after),
        ping=service.limits.heartbeat_seconds,
        headers={"Cache-Control": "no-store"},
    )


async def _versions(request: Request, stream: str, after: int) -> AsyncIterator[ServerSentEvent]:
    service, token = service_of(request), object()
    store = service.engine.store
    service.following.add(token)
    try:
        while (principal := session(request, service)) is not None and may(principal, "reader"):
            size = (await service.read(store.head)).size
            head = (await service.read(store.stream_heads, (stream,))).get(stream)
            if head is not None and head.version > after:
                after = head.version
                yield ServerSentEvent(str(after), event="version", id=str(after))
            await grown(service.engine.commits, size, POLL_S)
    finally:
        service.following.discard(token)


PAGES = (PageRow("GET", "/incidents/{incident}/live", live),)
