"""How often gates pass, over all incidents (R-GATE-57)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.responses import Response

from api.queries import decode_query
from api.routes import Answer, Call, Route, json_response
from application.gate_rates import rates
from projections.gate_rates import GateRate


class RatesQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which incidents."""

    drills: Annotated[bool, Meta(description="With exercises, which are left out otherwise.")] = False


class GateRates(msgspec.Struct, frozen=True, kw_only=True):
    """Verdicts counted by quarter, gate, mode and severity."""

    rates: tuple[GateRate, ...]


async def read_rates(call: Call) -> Response:
    """Return the rates."""
    query = decode_query(call.request, RatesQuery)
    found = await call.service.read(rates, call.service.engine, drills=query.drills)
    return json_response(GateRates(rates=found))


ROUTES = (
    Route(
        method="GET",
        path="/v1/metrics/gates",
        handler=read_rates,
        name="readGateRates",
        summary="How often gates pass: by quarter, gate, mode and severity.",
        tag="incidents",
        access="reader",
        query=RatesQuery,
        answers={200: Answer(text="The counts.", kind=GateRates)},
    ),
)
