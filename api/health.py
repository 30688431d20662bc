"""Is it alive, is it ready, and how is it doing: for supervisors, load balancers and Prometheus."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from starlette.responses import Response

from api.metrics import CONTENT_TYPE
from api.problems import Violation, refused
from api.routes import Answer, Call, Route, json_response
from api.service import Service
from application.engine import Engine
from application.reading import recorded
from ledger.errors import LedgerError


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    """The process answers."""

    status: str
    version: str


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """The log can be read and written, and what is written gets published."""

    status: str
    size: int
    published: int


async def healthz(call: Call) -> Response:
    """Return that the process answers; asks nothing else."""
    return json_response(Alive(status="alive", version=call.service.version))


async def readyz(call: Call) -> Response:
    """Return that requests can be served, or what is in the way."""
    found = await call.service.read(_readiness, call.service)
    if isinstance(found, Ready):
        return json_response(found)
    raise refused(
        "NOT_READY",
        "; ".join(f"{item.pointer}: expected {item.expected}, found {item.found}" for item in found),
        errors=found,
    )


async def metrics(call: Call) -> Response:
    """Return the numbers for Prometheus."""
    return Response(await call.service.read(call.service.meters.exposition), media_type=CONTENT_TYPE)


def _readiness(service: Service) -> Ready | tuple[Violation, ...]:
    engine = service.engine
    try:
        size, newest = engine.store.head().size, engine.store.newest_publication()
        published = 0 if newest is None else newest.size
        age = timedelta() if published >= size else _age(engine, published)
    except LedgerError as error:
        return (Violation(pointer="store", expected="an answer", found=str(error)),)
    problems = []
    if engine.writer.refusal is not None:
        problems.append(Violation(pointer="writer", expected="writing", found=str(engine.writer.refusal)))
    limit = timedelta(seconds=service.limits.behind_seconds)
    if age > limit:
        problems.append(
            Violation(
                pointer="publisher",
                expected=f"every entry published after {limit.total_seconds():g} s",
                found=f"entry {published} unpublished after {age.total_seconds():.0f} s",
            )
        )
    return tuple(problems) or Ready(status="ready", size=size, published=published)


def _age(engine: Engine, position: int) -> timedelta:
    """Return how long ago the entry at ``position`` was recorded."""
    item = recorded(engine.store.rows(position, 1)[0])
    return engine.clock() - datetime.fromisoformat(item.recordedtime)


ROUTES = (
    Route(
        method="GET",
        path="/healthz",
        handler=healthz,
        name="healthz",
        summary="Whether the process answers.",
        tag="service",
        answers={200: Answer(text="It does.", kind=Alive)},
    ),
    Route(
        method="GET",
        path="/readyz",
        handler=readyz,
        name="readyz",
        summary="Whether the log can be read, written and published.",
        tag="service",
        answers={200: Answer(text="It can.", kind=Ready)},
        problems=("NOT_READY",),
    ),
    Route(
        method="GET",
        path="/metrics",
        handler=metrics,
        name="metrics",
        summary="Numbers for Prometheus.",
        tag="service",
        answers={200: Answer(text="Prometheus' text format.", media=CONTENT_TYPE)},
    ),
)
