"""What incidents measure together: times to detect, to recover, and the rest (R-GATE-34, R-LRN-20)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.responses import Response

from api.queries import decode_query
from api.routes import Answer, Call, Route, json_response
from application.metrics import Which, over_incidents
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
    return json_response(IncidentMetrics(incidents=count, metrics=found))


ROUTES = (
    Route(
        method="GET",
        path="/v1/metrics/incidents",
        handler=read_metrics,
        name="readIncidentMetrics",
        summary="What incidents measure together: count, median, p90, p95 and maximum of each metric.",
        tag="incidents",
        access="reader",
        query=MetricsQuery,
        answers={200: Answer(text="The metrics.", kind=IncidentMetrics)},
        text="Restricted incidents count, and none is named. Percentiles are by nearest rank.",
    ),
)
