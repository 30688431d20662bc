"""Pages and their files, compressed for who takes it that way (RFC 9110, 12.5.3).

Not the API: its answers are small, and its ETags are versions, not bytes. A page holds a secret (the token of
its forms) beside words that an address may choose, but no other site can ask for it with our cookie, which is
SameSite=Strict; so nobody can measure how well the two compress together (BREACH).
"""

from __future__ import annotations

import gzip
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response

LEAST = 1_024
"""Bytes below which it is not worth it."""
QUICK, SMALL = 5, 9


def compressed(request: Request, response: Response) -> Response:
    """Return a page with its body compressed, where that helps and is taken."""
    body = response.body
    if len(body) >= LEAST and takes_gzip(request):
        response.body = gzip.compress(bytes(body), QUICK, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.body))
    response.headers["Vary"] = "Accept-Encoding"
    return response


@lru_cache(maxsize=64)
def once(content: bytes) -> bytes:
    """Return a file compressed as well as it goes; there are few, and they never change."""
    return gzip.compress(content, SMALL, mtime=0)


def takes_gzip(request: Request) -> bool:
    """Return whether the client takes gzip."""
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        coding, *rest = (word.strip() for word in part.split(";"))
        if coding in {"gzip", "*"}:
            return "q=0" not in rest
    return False
