"""An answer from a spool: bytes to save, sent piece by piece, never shown by a browser as anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from typing import Protocol, TypeVar

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.routes import RAW

T = TypeVar("T")


class Ask(Protocol):
    """Asks a question on a thread that may wait for the disk."""

    def __call__(self, question: Callable[[], T], /) -> Awaitable[T]:
        """Return what ``question`` returns."""


class Sent(Protocol):
    """What can be sent: its size in bytes, and its bytes in pieces of which none is empty.

    Closed twice is closed.
    """

    size: int

    def chunks(self) -> Iterator[bytes]:
        """Yield the pieces."""

    def close(self) -> None:
        """Remove what it is sent from."""


class SpooledResponse(Response):
    """Sends all of a spool; ``close`` is called when it is sent or nobody wants it any more."""

    media_type = RAW

    def __init__(
        self, spool: Sent, ask: Ask, close: Callable[[], None], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(
            headers={
                "Content-Length": str(spool.size),
                "Content-Disposition": "attachment",
                **(headers or {}),
            },
        )
        self._spool, self._ask, self._close = spool, ask, close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's own
        """Send head and body."""
        try:
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await send(start)
            pieces = self._spool.chunks()
            while piece := await self._ask(partial(next, pieces, b"")):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            try:
                # An export is thousands of files: the event loop does not wait until they are removed.
                await self._ask(self._spool.close)
            finally:
                self._close()
