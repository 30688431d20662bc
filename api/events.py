"""The feed to be pulled: facts in log order, without gaps, from wherever the reader is (R-SVC-11).

A cursor is a size: ``after=n`` says "I have the first n facts".
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.responses import Response

from api.problems import refused
from api.queries import decode_query
from api.routes import Answer, Call, Route, json_response
from api.service import Service
from application.feed import FeedItem, events

Cursor = Annotated[
    int, Meta(ge=0, le=2**53 - 1, description="How many facts the reader has: a size of the log.")
]
Limit = Annotated[int, Meta(ge=1, le=1_000, description="How many at most.")]


class EventsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From where, and how many."""

    after: Cursor = 0
    limit: Limit = 100


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    """Facts in log order; ``next`` is the cursor after them, ``size`` that of the log."""

    events: tuple[FeedItem, ...]
    next: int
    size: int


async def read_events(call: Call) -> Response:
    """Return the facts after a cursor."""
    query = decode_query(call.request, EventsQuery)
    return json_response(await call.service.read(page, call.service, query.after, query.limit))


def page(service: Service, after: int, limit: int) -> EventPage:
    """Return up to ``limit`` facts after the first ``after``."""
    size = check_cursor(service, after, "query parameter after")
    found = events(service.engine, after, limit)
    return EventPage(events=found, next=after + len(found), size=max(size, after + len(found)))


def check_cursor(service: Service, after: int, place: str) -> int:
    """Return the size of the log; a reader who has more facts than it is told so."""
    size = service.engine.store.head().size
    if after <= size:
        return size
    raise refused(
        "CURSOR_AHEAD",
        f"the log has {size} facts, the reader {after}: an older copy was restored, or this is another log",
        place=place,
        expected=f"at most {size}",
        found=str(after),
    )


ROUTES = (
    Route(
        method="GET",
        path="/v1/events",
        handler=read_events,
        name="readEvents",
        summary="Facts in log order, without gaps, after the first `after`.",
        tag="feeds",
        access="auditor",
        query=EventsQuery,
        answers={
            200: Answer(text="Facts, each with position, leaf hash, key and signature.", kind=EventPage)
        },
        problems=("CURSOR_AHEAD",),
        text=(
            "`event` is the CloudEvent's bytes unchanged. With `keyid` and `signature` the envelope can be "
            "rebuilt byte for byte: its SHA-256 after a zero byte is `leaf`."
        ),
    ),
)
