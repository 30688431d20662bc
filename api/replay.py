"""Reading the past of an incident: step by step, and what changed between two moments (R-SVC-08)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.responses import Response

from api.incidents import PastQuery, no_past, past, stream_of
from api.preconditions import etag
from api.queries import decode_query
from api.requests import MAX_VERSION
from api.routes import Answer, Call, Route, json_response
from application.comparison import DiffView, compare
from application.past import NOW, At
from application.replay import ReplayView, steps
from domain.moment import timestamp

After = Annotated[int, Meta(ge=0, le=MAX_VERSION, description="Only steps above this version.")]
Limit = Annotated[int, Meta(ge=1, le=500, description="How many at most.")]
Moment = (
    Annotated[int, Meta(ge=1, le=MAX_VERSION, description="A version of the incident's stream.")]
    | Annotated[datetime, Meta(tz=True, description="A recorded time, RFC 3339 with an offset.")]
)


class ReplayQuery(PastQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which steps, of which past."""

    after: After = 0
    limit: Limit = 100


class DiffQuery(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_": "from"}
):
    """Which two moments, each a version or a recorded time; the second is now unless it is said."""

    from_: Moment
    to: Moment | None = None


async def read_replay(call: Call) -> Response:
    """Return a page of steps."""
    query = decode_query(call.request, ReplayQuery)
    stream = await stream_of(call)
    at, engine = past(query), call.service.engine
    view = await call.service.read(steps, engine, stream, at, after=query.after, limit=query.limit)
    if view is None or view.version < (query.at_version or 0):
        raise no_past(call.path("incident"), at)
    return json_response(view, headers={"ETag": etag(view.version)})


async def read_diff(call: Call) -> Response:
    """Return what differs between two moments."""
    query = decode_query(call.request, DiffQuery)
    stream = await stream_of(call)
    moments = _at(query.from_), NOW if query.to is None else _at(query.to)
    view = await call.service.read(compare, call.service.engine, stream, *moments)
    if isinstance(view, At):
        raise no_past(call.path("incident"), view)
    return json_response(view, headers={"ETag": etag(view.after.version)})


def _at(moment: int | datetime) -> At:
    return At(version=moment) if isinstance(moment, int) else At(time=timestamp(moment))


ROUTES = (
    Route(
        method="GET",
        path="/v1/incidents/{incident}/replay",
        handler=read_replay,
        name="readReplay",
        summary="An incident step by step: each fact, what it changed, and the state after it.",
        tag="incidents",
        access="reader",
        query=ReplayQuery,
        answers={200: Answer(text="A page of steps, by version.", kind=ReplayView, headers=("ETag",))},
        problems=("NOT_FOUND",),
        text="Each step is judged as of its own recorded time, by the policy in force then.",
    ),
    Route(
        method="GET",
        path="/v1/incidents/{incident}/diff",
        handler=read_diff,
        name="readDiff",
        summary="What changed in an incident between two moments.",
        tag="incidents",
        access="reader",
        query=DiffQuery,
        answers={
            200: Answer(text="The facts in between, and what differs.", kind=DiffView, headers=("ETag",))
        },
        problems=("NOT_FOUND",),
        text=(
            "`pointer` is a JSON Pointer into the incident's parts, in which an item of a list goes by its "
            "own name; what was not there before, or is not there after, is null."
        ),
    ),
)
