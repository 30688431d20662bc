"""Who a bearer token stands for: the tokens of the home first, then those of the people in the directory.

Tokens are known by their SHA-256 alone. Those of the home are compared in the same time for all; the others
are looked up by that hash, so the time a lookup takes says nothing about a token.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Self

import msgspec

from application.people import People
from domain.context import Principal
from domain.directory import bearer, roles_of

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

    def __init__(self, grants: Iterable[Grant], people: People | None = None) -> None:
        self._grants, self._people = tuple(grants), people

    def with_people(self, people: People) -> Self:
        """Return these tokens and those of ``people``."""
        return type(self)(self._grants, people)

    def principal(self, token: str) -> Principal | None:
        """Return who the token stands for, None when nobody."""
        return self.of_digest(token_digest(token))

    def of_digest(self, digest: bytes) -> Principal | None:
        """Return who the token with this SHA-256 stands for now, None when nobody."""
        found = None
        # All of them each time: how long it takes must not tell which one nearly matched.
        for grant in self._grants:
            if hmac.compare_digest(grant.digest, digest):
                found = grant.principal
        # Second, so that a directory which cannot be read never locks out whoever can repair it.
        return found or self._of_person(digest)

    def _of_person(self, digest: bytes) -> Principal | None:
        if self._people is None:
            return None
        directory = self._people.current().state
        person = bearer(directory, digest.hex())
        if person is None:
            return None
        roles = tuple(sorted(roles_of(directory, person.principal)))
        return Principal(id=person.principal, type=person.kind, roles=roles)
