"""Reading incidents: the list, one of them, its timeline, as of now or of any version or moment."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.responses import Response

from api.directory import absent
from api.formats import ALSO, FormatParameter, chosen, table
from api.preconditions import etag
from api.problems import ProblemError, refused
from api.queries import decode_query
from api.requests import MAX_VERSION
from api.routes import Answer, Call, Route, json_response
from application import views
from application.tables import ENTRIES, INCIDENTS
from application.views import NOW, At, IncidentView, TimelineView
from domain.classified import Severity
from domain.moment import timestamp

BATCH = 200
VARY = {"Vary": "Accept"}

Time = Annotated[
    datetime, Meta(tz=True, description="A recorded time, RFC 3339 with an offset: what was known then.")
]
Version = Annotated[int, Meta(ge=1, le=MAX_VERSION, description="A version of the incident's stream.")]
Size = Annotated[int, Meta(ge=0, le=2**53 - 1, description="A size of the log: its first so many facts.")]
Number = Annotated[int, Meta(ge=0, le=999_999_999, description="Only incidents above this number.")]
Limit = Annotated[int, Meta(ge=1, le=1_000, description="How many at most.")]
Drill = Annotated[bool, Meta(description="Only drills, or only what is none.")]


def _word(what: str) -> Meta:
    return Meta(min_length=1, max_length=256, description=f"Only incidents {what}.")


InState = Annotated[str, _word("in this state")]
InEnvironment = Annotated[str, _word("of this environment")]
OfService = Annotated[str, _word("that concern this service")]
OfSeverity = Annotated[Severity, Meta(description="Only incidents that show this severity.")]
InPhase = Annotated[int, Meta(ge=1, le=4, description="Only incidents in this phase.")]


class ListQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which incidents, as of when."""

    at: Time | None = None
    at_size: Size | None = None
    after: Number = 0
    limit: Limit = 100
    state: InState | None = None
    environment: InEnvironment | None = None
    service: OfService | None = None
    drill: Drill | None = None
    severity: OfSeverity | None = None
    phase: InPhase | None = None
    format: FormatParameter | None = None


class PastQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which past of an incident; with neither, the present."""

    at_version: Version | None = None
    at: Time | None = None


class TimelineQuery(PastQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which past, in which form."""

    format: FormatParameter | None = None


class IncidentList(msgspec.Struct, frozen=True, kw_only=True):
    """Incidents by number; ``next`` is the ``after`` of the next page, null on the last."""

    incidents: tuple[IncidentView, ...]
    next: int | None


async def list_incidents(call: Call) -> Response:
    """Return a page of the list."""
    query = decode_query(call.request, ListQuery)
    at = At(time=_text(query.at), size=query.at_size)
    size = call.service.engine.store.head().size
    if query.at_size is not None and query.at_size > size:
        raise refused(
            "NOT_FOUND",
            f"the log has {size} facts, not {query.at_size}",
            place="query parameter at_size",
            expected=f"at most {size}",
            found=str(query.at_size),
        )
    found = await call.service.read(page, call, query, at)
    form = chosen(call.request, query.format)
    if form == "json":
        return json_response(found, headers=VARY)
    return table(form, INCIDENTS, found.incidents, "incidents", _link(call, found.next))


def _link(call: Call, after: int | None) -> dict[str, str]:
    """Return where the next page is, for forms that have no place for it (RFC 8288)."""
    if after is None:
        return {}
    url = call.request.url.include_query_params(after=after)
    return {"Link": f'<{url.path}?{url.query}>; rel="next"'}


def page(call: Call, query: ListQuery, at: At) -> IncidentList:
    """Return the incidents that ``query`` chooses and the caller may see."""
    engine = call.service.engine
    engine.follower.catch_up()
    found: list[IncidentView] = []
    after: int | None = query.after
    while after is not None and len(found) <= query.limit:
        # The past is folded from the whole log, so all of it at once; the present is rows of a table.
        limit = BATCH if at == NOW else -1
        batch = views.incidents(engine, at, after=after, limit=limit)
        found += [view for view in batch if _chosen(view, query) and _there(call, view)]
        after = _number(batch[-1]) if len(batch) == limit else None
    shown = tuple(found[: query.limit])
    return IncidentList(incidents=shown, next=_number(shown[-1]) if len(found) > query.limit else None)


async def read_incident(call: Call) -> Response:
    """Return one incident."""
    query = decode_query(call.request, PastQuery)
    stream = await stream_of(call)
    view = await call.service.read(views.incident, call.service.engine, stream, past(query))
    if view is None or view.version < (query.at_version or 0):
        raise no_past(call.path("incident"), past(query))
    return json_response(view, headers={"ETag": etag(view.version)})


async def read_timeline(call: Call) -> Response:
    """Return the timeline of an incident, with every text that can be opened."""
    query = decode_query(call.request, TimelineQuery)
    stream = await stream_of(call)
    view = await call.service.read(views.timeline_view, call.service.engine, stream, past(query))
    if view is None or view.version < (query.at_version or 0):
        raise no_past(call.path("incident"), past(query))
    form, headers = chosen(call.request, query.format), {"ETag": etag(view.version), **VARY}
    if form == "json":
        return json_response(view, headers=headers)
    return table(form, ENTRIES, view.entries, f"{view.number}-timeline", headers)


async def stream_of(call: Call) -> str:
    """Return the stream of the incident in the path; raises NOT_FOUND if it is not there for the caller."""
    name = call.path("incident")
    known = await call.service.read(call.service.directory.look_up, name)
    return call.service.directory.visible(known, name, call.principal).stream


def past(query: PastQuery) -> At:
    """Return the past that a query names."""
    return At(version=query.at_version, time=_text(query.at))


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment)


def _chosen(view: IncidentView, query: ListQuery) -> bool:
    return (
        query.state in (None, view.state)
        and query.environment in (None, view.environment)
        and (query.service is None or query.service in view.services)
        and query.drill in (None, view.drill)
        and query.severity in (None, view.severity)
        and query.phase in (None, view.phase)
    )


def _there(call: Call, view: IncidentView) -> bool:
    if view.visibility == "open":
        return True
    directory = call.service.directory
    return directory.there(directory.look_up(view.incident), call.principal)


def _number(view: IncidentView) -> int:
    return int(view.number.removeprefix("INC-"))


def no_past(name: str, at: At) -> ProblemError:
    """Return the problem that an incident had not come as far as ``at``."""
    if at == NOW:
        return absent(name)
    asked = f"at_version={at.version}" if at.version is not None else f"at={at.time}"
    return refused(
        "NOT_FOUND",
        f"incident {name}: there is nothing {asked}",
        place="query",
        expected="a version or time that the incident has had",
        found=asked,
    )


ROUTES = (
    Route(
        method="GET",
        path="/v1/incidents",
        handler=list_incidents,
        name="listIncidents",
        summary="All incidents, as of now, of a recorded time or of a size of the log.",
        tag="incidents",
        access="reader",
        query=ListQuery,
        answers={
            200: Answer(
                text="A page of the list, by number.", kind=IncidentList, also=ALSO, headers=("Link",)
            )
        },
        problems=("NOT_FOUND",),
    ),
    Route(
        method="GET",
        path="/v1/incidents/{incident}",
        handler=read_incident,
        name="readIncident",
        summary="One incident.",
        tag="incidents",
        access="reader",
        query=PastQuery,
        answers={200: Answer(text="The incident.", kind=IncidentView, headers=("ETag",))},
        problems=("NOT_FOUND",),
    ),
    Route(
        method="GET",
        path="/v1/incidents/{incident}/timeline",
        handler=read_timeline,
        name="readTimeline",
        summary="The timeline of an incident, with every text that can be opened.",
        tag="incidents",
        access="reader",
        query=TimelineQuery,
        answers={200: Answer(text="The timeline.", kind=TimelineView, also=ALSO, headers=("ETag",))},
        problems=("NOT_FOUND",),
    ),
)
