"""Reading the process of an incident: gates, decisions, severity, notices, plan, and what is next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import msgspec
from starlette.responses import Response

from api.incidents import PastQuery, no_past, past, stream_of
from api.preconditions import etag
from api.queries import decode_query
from api.routes import Answer, Call, Handler, Route, json_response
from application import incident_views as views
from application.engine import Engine
from application.past import At


class Versioned(Protocol):
    """A view of an incident at a version of its stream."""

    @property
    def version(self) -> int:
        """The version."""


Look = Callable[[Engine, str, At], Versioned | None]


class Row(msgspec.Struct, frozen=True):
    """One view: the last part of its path, its operation's name, and what it is."""

    part: str
    name: str
    summary: str
    answer: str
    kind: type[msgspec.Struct]
    look: Look


ROWS = (
    Row(
        "gates",
        "readGates",
        "The gates of an incident: states, criteria, verdicts, waivers, and what evaluating now would give.",
        "The gates.",
        views.GatesView,
        views.gates,
    ),
    Row(
        "decisions",
        "readDecisions",
        "Who decided what about the plan, in which role by whose grant, and whether it stands.",
        "The decisions and the waivers.",
        views.DecisionsView,
        views.decisions,
    ),
    Row(
        "severity",
        "readSeverity",
        "How the severity was found: rounds, proposals, votes, consensus, scope, late notices.",
        "The rounds.",
        views.SeverityView,
        views.severity,
    ),
    Row(
        "communications",
        "readCommunications",
        "Who was told what by what channel, how soon, and who still has to be.",
        "The notices.",
        views.CommunicationsView,
        views.communications,
    ),
    Row(
        "plan",
        "readPlan",
        "The plan in force: what approvals bind to, its options, its checklist, what it lacks.",
        "The plan, null before there is one.",
        views.PlanOfIncident,
        views.plan,
    ),
    Row(
        "run",
        "readRun",
        "What is being executed and checked: the approved commands, how each went, the required checks.",
        "The present attempt, null before there is one, and the checks.",
        views.RunOfIncident,
        views.run,
    ),
    Row(
        "evidence",
        "readEvidence",
        "The evidence for the cause: files, words, places, whether the bytes hold; and what was found.",
        "The evidence and the findings.",
        views.EvidenceView,
        views.evidence,
    ),
)


def _reader(look: Look) -> Handler:
    async def read(call: Call) -> Response:
        return await _answered(call, look)

    return read


async def read_next(call: Call) -> Response:
    """Return what is next, as the caller sees it."""
    return await _answered(
        call, lambda engine, stream, at: views.next_step(engine, stream, call.principal, at)
    )


async def _answered(call: Call, look: Look) -> Response:
    query = decode_query(call.request, PastQuery)
    stream = await stream_of(call)
    view: Any = await call.service.read(look, call.service.engine, stream, past(query))
    if view is None or view.version < (query.at_version or 0):
        raise no_past(call.path("incident"), past(query))
    return json_response(view, headers={"ETag": etag(view.version)})


def _route(part: str, name: str, summary: str, handler: Handler, answer: Answer, *, text: str = "") -> Route:
    return Route(
        method="GET",
        path=f"/v1/incidents/{{incident}}/{part}",
        handler=handler,
        name=name,
        summary=summary,
        tag="incidents",
        access="reader",
        query=PastQuery,
        answers={200: answer},
        problems=("NOT_FOUND",),
        text=text,
    )


ROUTES = (
    _route(
        "next",
        "readNext",
        "What is next in an incident, why not yet, and what you may ask for.",
        read_next,
        Answer(text="The next step.", kind=views.NextView, headers=("ETag",)),
        text="`allowed` is what the caller may ask for now; everything else is the same for every reader.",
    ),
    *(
        _route(
            row.part,
            row.name,
            row.summary,
            _reader(row.look),
            Answer(text=row.answer, kind=row.kind, headers=("ETag",)),
        )
        for row in ROWS
    ),
)
