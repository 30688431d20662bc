"""No body larger than allowed is read: refused by its declared length, or as soon as it grows beyond."""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.limits import Limits
from api.problems import ProblemError, refused, respond

SIGNALS = "/v1/signals/"
UPLOADS = re.compile(r"/v1/incidents/[^/]+/blobs|/incidents/[^/]+/files")


class BodyLimit:
    """ASGI middleware that holds `Limits.body_bytes`, and the limits of deliveries and of uploads."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app, self._limits = app, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with a body that ends, with an exception, at the limit."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit(scope["path"])
        declared = _declared(scope)
        if declared is not None and declared > limit:
            await respond(_too_large(limit, declared), scope["state"]["request_id"])(scope, receive, send)
            return
        await self._app(scope, _counted(receive, limit), send)

    def _limit(self, path: str) -> int:
        if path.startswith(SIGNALS):
            return self._limits.signal_bytes
        return self._limits.upload_bytes if UPLOADS.fullmatch(path) else self._limits.body_bytes


def _counted(receive: Receive, limit: int) -> Receive:
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise _too_large(limit, size)
        return message

    return counted


def _declared(scope: Scope) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and len(value) < 20:
            return int(value)
    return None


def _too_large(limit: int, found: int) -> ProblemError:
    # The connection cannot go on: what is left of the body would be read as the next request.
    return refused(
        "BODY_TOO_LARGE",
        f"body: expected at most {limit} bytes, found {found} or more",
        place="body",
        expected=f"at most {limit} bytes",
        found=f"{found} bytes or more",
        headers={"Connection": "close"},
    )
