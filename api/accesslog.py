"""The outermost layer: each request gets an id, a line in the log, a duration and, if all fails, an answer.

Neither paths nor queries, bodies or headers are logged, because a path may hold a source key and a
query a ticket: the route's template says what was asked.
"""

from __future__ import annotations

import re
import time
import traceback

import structlog
import uuid_utils
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import Meters
from api.problems import respond

HEADER = "X-Request-ID"
NO_ROUTE = "none"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
log = structlog.get_logger(__name__)


class AccessLog:
    """ASGI middleware; nothing above it sees an exception of ours."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self._app, self._meters = app, meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request and say in one line how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        answer = _Answer(send, request_id)
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, answer)
            except Exception as error:
                _report(error)
                if answer.status == 0:
                    await respond(error, request_id)(scope, receive, answer)
            finally:
                self._note(scope, answer.status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", NO_ROUTE)
        self._meters.request(_method(scope), route, status, seconds)
        log.info(
            "request",
            method=scope["method"],
            route=route,
            status=status,
            principal=scope["state"].get("principal"),
            ms=round(seconds * 1000, 1),
        )


class _Answer:
    """Passes a response on with the request's id in its head, and remembers the status."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send, self._request_id = send, request_id
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)[HEADER] = self._request_id
        await self._send(message)


def _request_id(scope: Scope) -> str:
    """Return the client's id if it is a UUID, so that two logs can be joined; else a fresh one."""
    given = Headers(scope=scope).get(HEADER, "").lower()
    return given if _UUID.fullmatch(given) else str(uuid_utils.uuid7())


def _report(error: Exception) -> None:
    # As text, and not by `log.exception`: renderers that show local variables would show bodies and tokens.
    log.error("request failed", traceback="".join(traceback.format_exception(error)))


def _method(scope: Scope) -> str:
    # Anybody can invent methods; each would be a time series of its own.
    known = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
    return scope["method"] if scope["method"] in known else "other"
