"""What incidents measure, one by one and together: times to detect, to recover (R-GATE-34, R-LRN-20)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.responses import Response

from api.formats import ALSO, FormatParameter, chosen, table
from api.incidents import VARY, PastQuery, no_past, past, stream_of
from api.preconditions import etag
from api.queries import decode_query
from api.routes import Answer, Call, Route, json_response
from application.metrics import MetricsView, Which, of_incident, over_incidents
from application.tables import MEASURES, SUMMARIES, summary_rows
from domain.classified import Severity
from domain.moment import timestamp
from projections.metrics.reading import MetricSummary

Since = Annotated[datetime, Meta(tz=True, description="Only incidents opened then or later, as recorded.")]
Until = Annotated[datetime, Meta(tz=True, description="Only incidents opened before then, as recorded.")]


class MetricsQuery(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"since": "from", "until": "to"},
):
    """Which incidents."""

    since: Since | None = None
    until: Until | None = None
    severity: Annotated[Severity, Meta(description="Only incidents that show this severity.")] | None = None
    drills: Annotated[bool, Meta(description="With exercises, which are left out otherwise.")] = False
    format: FormatParameter | None = None


class OneQuery(PastQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which past of an incident, in which form."""

    format: FormatParameter | None = None


class IncidentMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """Metrics over so many ``incidents``."""

    incidents: int
    metrics: tuple[MetricSummary, ...]


async def read_metrics(call: Call) -> Response:
    """Return what incidents measured together."""
    query = decode_query(call.request, MetricsQuery)
    which = Which(
        since=None if query.since is None else timestamp(query.since),
        until=None if query.until is None else timestamp(query.until),
        severity=query.severity,
        drills=query.drills,
    )
    count, found = await call.service.read(over_incidents, call.service.engine, which)
    form = chosen(call.request, query.format)
    if form == "json":
        return json_response(IncidentMetrics(incidents=count, metrics=found), headers=VARY)
    return table(form, SUMMARIES, summary_rows(found), "metrics", {})


async def read_incident_metrics(call: Call) -> Response:
    """Return what one incident measured."""
    query = decode_query(call.request, OneQuery)
    stream, at = await stream_of(call), past(query)
    view = await call.service.read(of_incident, call.service.engine, stream, at)
    if view is None or view.version < (query.at_version or 0):
        raise no_past(call.path("incident"), at)
    form, headers = chosen(call.request, query.format), {"ETag": etag(view.version), **VARY}
    if form == "json":
        return json_response(view, headers=headers)
    return table(form, MEASURES, view.metrics, f"{view.number}-metrics", headers)


ROUTES = (
    Route(
        method="GET",
        path="/v1/incidents/{incident}/metrics",
        handler=read_incident_metrics,
        name="readMetrics",
        summary="What an incident measured: how long things took, how many, how many of how many.",
        tag="incidents",
        access="reader",
        query=OneQuery,
        answers={
            200: Answer(
                text="Every metric with its formula, null where there is nothing to measure yet.",
                kind=MetricsView,
                also=ALSO,
                headers=("ETag",),
            )
        },
        problems=("NOT_FOUND",),
    ),
    Route(
        method="GET",
        path="/v1/metrics/incidents",
        handler=read_metrics,
        name="readIncidentMetrics",
        summary="What incidents measure together: count, median, p90, p95 and maximum of each metric.",
        tag="incidents",
        access="reader",
        query=MetricsQuery,
        answers={200: Answer(text="The metrics.", kind=IncidentMetrics, also=ALSO)},
        text="Restricted incidents count, and none is named. Percentiles are by nearest rank.",
    ),
)
