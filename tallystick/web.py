"""Plain HTTP to a service of ours: one question, one answer, no redirects, nothing kept.

A redirect is an error, so that a token never reaches another host than the one it was meant for.
"""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

import msgspec

from tallystick.desk import Unreachable
from tallystick.settings import SettingsError

TIMEOUT_S = 30.0
LIMIT = 256 * 1024 * 1024
"""Bytes of an answer that nobody limits further."""


class Reply(msgspec.Struct, frozen=True):
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


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

    def _ask(self, request: Request, limit: int = LIMIT) -> Reply:
        if self._token is not None:
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        try:
            with _opener.open(request, timeout=self._timeout_s) as reply:
                return Reply(reply.status, dict(reply.headers.items()), reply.read(limit + 1))
        except HTTPError as e:
            with e:
                return Reply(e.code, dict(e.headers.items()), e.read(limit + 1))
        except (URLError, OSError, http.client.HTTPException) as e:
            reason = e.reason if isinstance(e, URLError) else e
            raise Unreachable(f"{self._base}: expected a service, found none: {reason}") from e
