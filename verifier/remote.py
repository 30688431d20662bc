"""A live log behind HTTP, read as C2SP tlog-tiles lays it out: ``<base>/checkpoint``, ``<base>/tile/…``.

Only what was asked for is fetched, never more than a limit, never from another host than the one named: no
redirect is followed, so that a bearer token goes where it was meant to go.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import IO, Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from ledger.exportlayout import VKEY
from verifier.errors import NotThere, Unreadable, WrongUse
from verifier.source import File, check_size

TIMEOUT_S: Final = 30.0
ATTEMPTS: Final = 5
LONGEST_PAUSE_S: Final = 10.0
BUSY: Final = frozenset({429, 503})
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

# A server has its verifier key under a name of its own.
_NAMES = {VKEY: "vkey"}


class Remote:
    """The log at ``base``, such as ``https://ledger.example/log``; ``token`` is sent as bearer token."""

    listed = False

    def __init__(self, base: str, token: str | None = None) -> None:
        check_base(base, token)
        self._base = base.rstrip("/")
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._opener = _opener()

    def files(self, under: str = "") -> Iterator[File]:  # noqa: ARG002 - as every source
        """Yield nothing: a live log does not list its files."""
        yield from ()

    def read(self, path: str, limit: int) -> bytes:
        """Return what the server has at ``path``; waits and tries again when it says that it is busy."""
        request = Request(f"{self._base}/{_NAMES.get(path, path)}", headers=self._headers)  # noqa: S310 - checked
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self._opener.open(request, timeout=TIMEOUT_S) as response:
                    return _body(response, path, limit)
            except HTTPError as error:
                with error:
                    pause = _pause(error, attempt)
                    if pause is None:
                        raise _refusal(error, path) from error
                time.sleep(pause)
            except (URLError, OSError) as error:
                raise Unreadable(path, str(getattr(error, "reason", error))) from error
        raise AssertionError("the last attempt returns or raises")

    def chunks(self, path: str) -> Iterator[bytes]:
        """Raise `NotThere`: what has no limit is not fetched."""
        raise NotThere(path)


def check_base(base: str, token: str | None) -> None:
    """Return when ``base`` may be asked, and told ``token``; raise `WrongUse` otherwise."""
    parts = urlsplit(base)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise WrongUse(f"{base}: expected http(s)://host/path")
    if token is not None and parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise WrongUse(f"{base}: a token is sent over https only, or within this machine")


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Return nothing, so that a redirect stays the answer."""


def _opener() -> OpenerDirector:
    return build_opener(_NoRedirects())


def _body(response: IO[bytes], path: str, limit: int) -> bytes:
    content = response.read(limit + 1)
    check_size(path, len(content), limit)
    return content


def _pause(error: HTTPError, attempt: int) -> float | None:
    """Return how long to wait before the next attempt, None where there is none."""
    if error.code not in BUSY or attempt == ATTEMPTS:
        return None
    stated = error.headers.get("Retry-After", "")
    return min(float(stated) if stated.isdecimal() else 2.0 ** (attempt - 1), LONGEST_PAUSE_S)


def _refusal(error: HTTPError, path: str) -> NotThere | Unreadable:
    return NotThere(path) if error.code == 404 else Unreadable(path, f"HTTP {error.code} {error.reason}")
