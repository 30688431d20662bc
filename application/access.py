"""Who a bearer token stands for. Tokens are held hashed; the comparison takes the same time for all."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable

import msgspec

from domain.context import Principal

PREFIX = "tally_"


class Grant(msgspec.Struct, frozen=True):
    """The SHA-256 of a token, and the principal it stands for."""

    digest: bytes
    principal: Principal


def new_token() -> str:
    """Return a fresh token with 256 bits of randomness; the prefix lets secret scanners find it."""
    return PREFIX + secrets.token_urlsafe(32)


def token_digest(token: str) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class Tokens:
    """The tokens this service accepts."""

    def __init__(self, grants: Iterable[Grant]) -> None:
        self._grants = tuple(grants)

    def principal(self, token: str) -> Principal | None:
        """Return who the token stands for, None when nobody."""
        digest, found = token_digest(token), None
        # All of them each time: how long it takes must not tell which one nearly matched.
        for grant in self._grants:
            if hmac.compare_digest(grant.digest, digest):
                found = grant.principal
        return found
