"""Keys by which a client may send a write again without doing it twice (R-WF-32).

A key belongs to a principal and to one request: method, path and what the body means, including the
version it expects. It is looked up before the version is compared.
"""

from __future__ import annotations

import hashlib
import re

import msgspec
from starlette.requests import Request

from api.preconditions import Expected
from api.problems import refused
from application.repeating import Idempotency
from ledger import canonical

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


def idempotency(request: Request, command: msgspec.Struct, expected: Expected) -> Idempotency | None:
    """Return the key of a request with the hash of what it asks for, None without a key."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise refused(
            "HEADER_MALFORMED",
            f"header {HEADER}: expected 1 to 200 visible ASCII characters",
            place=f"header {HEADER}",
            expected="1 to 200 visible ASCII characters",
            found=f"{len(key)} characters",
        )
    return Idempotency(key, request_hash(request.method, request.scope["path"], command, expected.version))


def request_hash(method: str, path: str, command: msgspec.Struct, expected: int | None) -> bytes:
    """Return the SHA-256 of what is asked, the same for every spelling of the same body."""
    body = canonical.encode({"command": msgspec.to_builtins(command), "expected_version": expected})
    return hashlib.sha256(f"tallystick/request/v1\n{method}\n{path}\n".encode() + body).digest()
