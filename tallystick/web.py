"""Plain HTTP to a service of ours: one question, one answer, no redirects, nothing kept.

A redirect is an error, so that a token never reaches another host than the one it was meant for.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable, Mapping
from email.message import Message
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

import msgspec

from tallystick.desk import Sink, Source, Unreachable
from tallystick.files import pieces
from tallystick.settings import SettingsError

TIMEOUT_S = 30.0
FILE_TIMEOUT_S = 600.0
"""How long a service may be silent about a large file, which it encrypts or opens meanwhile."""
LIMIT = 256 * 1024 * 1024
"""Bytes of an answer that nobody limits further."""


class Reply(msgspec.Struct, frozen=True):
    """What came back, whatever its status; names of headers in lower case, as most servers spell them."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Take = Callable[[http.client.HTTPResponse], bytes]
"""Takes the body of an answer that says yes, and returns what is to be kept of it."""


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        """Follow nothing."""


_opener: OpenerDirector = build_opener(_NoRedirects)


class Web:
    """A service at ``base``, asked with a bearer token if there is one."""

    def __init__(self, base: str, token: str | None, timeout_s: float = TIMEOUT_S) -> None:
        if urlsplit(base).scheme not in ("http", "https") or not urlsplit(base).hostname:
            raise SettingsError("setting url: expected http://… or https://…, found something else")
        self._base, self._token, self._timeout_s = base.rstrip("/"), token, timeout_s

    def get(self, path: str, limit: int = LIMIT) -> Reply:
        """Return what the service says at ``path``, one byte more than ``limit`` at most."""
        return self._ask(Request(f"{self._base}{path}"), limit)  # noqa: S310 - the scheme was looked at

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Return what the service says to a JSON ``body``."""
        given = {"Content-Type": "application/json", **headers}
        return self._ask(Request(f"{self._base}{path}", body, given))  # noqa: S310 - as above

    def send(self, path: str, file: Source, size: int) -> Reply:
        """Return what the service says to ``size`` bytes of a file, which goes as it is read."""
        given = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        body: Any = file  # urllib wants no more of a body with a declared length than that it can be read
        request = Request(f"{self._base}{path}", body, given)  # noqa: S310 - as above
        try:
            return self._ask(request, timeout_s=FILE_TIMEOUT_S)
        except Unreachable as e:
            if not _hung_up(e):
                raise
            why = f"hung up while {size} bytes were sent; the file may be larger than the service takes"
            raise Unreachable(f"{self._base}: {why} (TALLYSTICK_MAX_UPLOAD_BYTES there)") from e

    def save(self, path: str, sink: Sink) -> tuple[Reply, int]:
        """Return what the service says, and how many bytes of its answer are in ``sink`` if it says yes."""
        written = 0

        def take(reply: http.client.HTTPResponse) -> bytes:
            nonlocal written
            written = sum(sink.write(piece) for piece in pieces(reply))
            if reply.headers.get("Content-Length") != str(written):
                raise http.client.IncompleteRead(b"")
            return b""

        request = Request(f"{self._base}{path}")  # noqa: S310 - as above
        return self._ask(request, take=take, timeout_s=FILE_TIMEOUT_S), written

    def _ask(
        self,
        request: Request,
        limit: int = LIMIT,
        *,
        take: Take | None = None,
        timeout_s: float | None = None,
    ) -> Reply:
        if self._token is not None:
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        try:
            with _opener.open(request, timeout=timeout_s or self._timeout_s) as reply:
                body = reply.read(limit + 1) if take is None else take(reply)
                return Reply(reply.status, _lower(reply.headers), body)
        except HTTPError as e:
            with e:
                return Reply(e.code, _lower(e.headers), e.read(limit + 1))
        except (URLError, OSError, http.client.HTTPException) as e:
            reason = e.reason if isinstance(e, URLError) else e
            raise Unreachable(f"{self._base}: expected a service, found none: {reason}") from e


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _hung_up(error: Unreachable) -> bool:
    """Return whether the service was there and closed the connection while it was sent something."""
    cause = error.__cause__
    reason = cause.reason if isinstance(cause, URLError) else cause
    return isinstance(reason, BrokenPipeError | ConnectionResetError)
