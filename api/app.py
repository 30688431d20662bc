"""The HTTP application: every route from its table, every failure a problem, one layer for one concern."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from api import (
    actions,
    alerts,
    artifacts,
    blobs,
    deliveries,
    events,
    exports,
    gaterates,
    health,
    incident_metrics,
    incident_views,
    incidents,
    log,
    pagerduty,
    people,
    protocol,
    replay,
    signals,
    static,
    stream,
)
from api.accesslog import AccessLog
from api.bodylimit import BodyLimit
from api.directory import Directory
from api.headers import SecurityHeaders
from api.heads import Heads
from api.limits import Limits
from api.metrics import Meters
from api.onetime import Secrets
from api.openapi import openapi
from api.pages.rows import PAGES
from api.problems import ProblemError, respond
from api.rates import Rates
from api.readers import Readers
from api.routes import Route, endpoint
from api.service import Service
from api.sessionfile import SessionFile
from api.sessions import LIFETIME_S
from api.transfers import Transfers
from application.engine import Engine
from application.incident_board import BoardReader
from application.intake import Receive
from application.names import NameBook
from application.tokens import Tokens
from ledger.errors import LedgerError

TICKET_LIFETIME_S = 60.0

ROUTES: tuple[Route, ...] = (
    *actions.ROUTES,
    *incidents.ROUTES,
    *incident_views.ROUTES,
    *artifacts.ROUTES,
    *blobs.ROUTES,
    *exports.ROUTES,
    *replay.ROUTES,
    *alerts.ROUTES,
    *gaterates.ROUTES,
    *incident_metrics.ROUTES,
    *signals.ROUTES,
    *deliveries.ROUTES,
    *pagerduty.ROUTES,
    *events.ROUTES,
    *stream.ROUTES,
    *protocol.ROUTES,
    *people.ROUTES,
    *log.ROUTES,
    *health.ROUTES,
)


def create_app(
    engine: Engine,
    tokens: Tokens,
    *,
    sources: Mapping[str, Receive],
    version: str,
    limits: Limits | None = None,
    sessions: Path | None = None,
) -> FastAPI:
    """Return the application that serves ``engine``, which the caller opens before and closes after.

    ``sources`` has the use case that takes in the deliveries of each monitoring tool; ``tokens`` are those of
    the home, to which the people in the directory are added here. ``sessions`` is a file to keep those of
    browsers in.
    """
    service = _service(engine, tokens, sources, version, limits or Limits(), sessions)
    app = FastAPI(
        title="Tallystick",
        version=version,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(AccessLog, meters=service.meters),
            Middleware(Heads),
            Middleware(BodyLimit, limits=service.limits),
        ],
    )
    app.state.service = service
    for kind in (ProblemError, LedgerError, HTTPException):
        app.add_exception_handler(kind, _problem)
    for route in ROUTES:
        app.add_api_route(route.path, endpoint(route), methods=[route.method], response_model=None)
    for page in PAGES:
        app.add_api_route(page.path, page.handler, methods=[page.method], response_model=None)
    app.add_api_route(static.PATH, static.read_static, methods=["GET"], response_model=None)
    # FastAPI calls this for /openapi.json; assigned, because it offers no other way in.
    app.openapi = cache(lambda: openapi(ROUTES, version))  # type: ignore[method-assign]  # FastAPI's own advice
    return app


def _service(  # noqa: PLR0917 - what `create_app` was given
    engine: Engine,
    tokens: Tokens,
    sources: Mapping[str, Receive],
    version: str,
    limits: Limits,
    sessions: Path | None,
) -> Service:
    shelf = None if sessions is None else SessionFile(sessions)
    return Service(
        engine=engine,
        tokens=tokens.with_people(engine.people),
        sources=sources,
        version=version,
        limits=limits,
        sessions=Secrets(LIFETIME_S, time.time, shelf=shelf),
        tickets=Secrets(TICKET_LIFETIME_S, time.monotonic),
        rates=Rates(limits.requests_per_second, limits.burst, time.monotonic),
        directory=Directory(engine),
        names=NameBook(engine),
        boards=BoardReader(engine),
        meters=Meters(engine),
        readers=Readers(),
        transfers=Transfers(limits.transfers),
        following=set(),
    )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    service: Service = app.state.service
    service.readers.close()
    service.transfers.close()


async def _problem(request: Request, error: Exception) -> Response:
    response = respond(error, request.scope["state"]["request_id"])
    if response.status_code == 405:
        response.headers["Allow"] = ", ".join(_allowed(request))
    return response


def _allowed(request: Request) -> list[str]:
    """Return the methods of the resource; the framework knows only those of the first route that fits."""
    fitting = (route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE)
    methods = {method for route in fitting for method in route.methods}
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()))
