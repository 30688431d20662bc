"""The feed to be followed: server-sent events, resumed by ``Last-Event-ID`` (R-SVC-11).

The id of an event is a size: who has seen id n has the first n facts. A browser's EventSource cannot
send a bearer token, so it comes with the session's cookie or with a ticket that works once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from msgspec import Meta
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.responses import Response

from api.auth import admitting, still_admitted
from api.events import Cursor, check_cursor
from api.problems import refused
from api.queries import decode_query
from api.routes import Answer, Call, Route, json_response
from api.waiting import grown
from application.feed import FeedItem, events

LAST_ID = "Last-Event-ID"
BATCH = 100
POLL_S = 1.0


class StreamQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From where; without a cursor, from now."""

    after: Cursor | None = None
    ticket: Annotated[str, Meta(max_length=128, description="A ticket, instead of a token.")] | None = None


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """Opens one stream, once, within ``expires_in`` seconds."""

    ticket: str
    expires_in: int


async def issue_ticket(call: Call) -> Response:
    """Return a ticket for the caller."""
    tickets = call.service.tickets
    ticket = Ticket(ticket=tickets.issue(admitting(call.request)), expires_in=int(tickets.lifetime_s))
    return json_response(ticket, 201)


async def follow(call: Call) -> Response:
    """Return the endless stream of facts."""
    query = decode_query(call.request, StreamQuery)
    service = call.service
    if len(service.following) >= service.limits.streams:
        limit = str(service.limits.streams)
        raise refused("STREAMS_EXCEEDED", f"streams: expected at most {limit}", expected=limit, found="more")
    cursor = await service.read(_start, call, query)
    return EventSourceResponse(
        facts(call, cursor), ping=service.limits.heartbeat_seconds, headers={"Cache-Control": "no-store"}
    )


async def facts(call: Call, cursor: int) -> AsyncIterator[ServerSentEvent]:
    """Yield each fact after the first ``cursor``, without end while the reader may have them."""
    service, token = call.service, object()
    service.following.add(token)
    try:
        while await service.read(still_admitted, call.request, service, "auditor"):
            items = await service.read(events, service.engine, cursor, BATCH)
            for item in items:
                yield _sent(item)
            cursor += len(items)
            if not items:
                # The time-out also finds what other processes have committed.
                await grown(service.engine.commits, cursor, POLL_S)
    finally:
        service.following.discard(token)


def _start(call: Call, query: StreamQuery) -> int:
    header = call.request.headers.get(LAST_ID)
    if header is None:
        after, place = query.after, "query parameter after"
    elif header.isascii() and header.isdigit() and len(header) < 17:
        # What a reconnecting EventSource has seen is newer than the address it was opened with.
        after, place = int(header), f"header {LAST_ID}"
    else:
        raise refused(
            "HEADER_MALFORMED",
            f"header {LAST_ID}: expected a size of the log, found {header[:80]}",
            place=f"header {LAST_ID}",
            expected="a size of the log",
            found=header[:80],
        )
    size = check_cursor(call.service, after or 0, place)
    return size if after is None else after


def _sent(item: FeedItem) -> ServerSentEvent:
    return ServerSentEvent(msgspec.json.encode(item).decode(), event="fact", id=str(item.position + 1))


ROUTES = (
    Route(
        method="GET",
        path="/v1/stream",
        handler=follow,
        name="followEvents",
        summary="Facts as they are recorded, as server-sent events.",
        tag="feeds",
        access="auditor",
        query=StreamQuery,
        headers=(LAST_ID,),
        answers={200: Answer(text="Events `fact`; each id is a cursor.", media="text/event-stream")},
        problems=("CURSOR_AHEAD", "HEADER_MALFORMED", "STREAMS_EXCEEDED"),
        text="Each `data` is an item of `GET /v1/events`. Comments keep the connection alive.",
    ),
    Route(
        method="POST",
        path="/v1/stream/tickets",
        handler=issue_ticket,
        name="issueStreamTicket",
        summary="A ticket that opens `/v1/stream?ticket=…` once, for clients that cannot send a token there.",
        tag="feeds",
        access="auditor",
        answers={201: Answer(text="The ticket.", kind=Ticket)},
    ),
)
