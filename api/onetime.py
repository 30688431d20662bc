"""Secrets that the service hands out for a while: sessions of browsers, tickets for the stream.

Held in memory, by their hash: a restart ends them all, and a copy of the memory's index opens nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable

import msgspec

from domain.context import Principal


class _Held(msgspec.Struct, frozen=True):
    principal: Principal
    until: float


class Secrets:
    """Random texts that stand for a principal for ``lifetime_s`` seconds; at most ``capacity`` at once."""

    def __init__(self, lifetime_s: float, clock: Callable[[], float], capacity: int = 1_000) -> None:
        self.lifetime_s = lifetime_s
        self._clock, self._capacity = clock, capacity
        self._held: dict[bytes, _Held] = {}

    def issue(self, principal: Principal) -> str:
        """Return a fresh secret for ``principal``; the oldest goes when there are too many."""
        self._forget()
        while len(self._held) >= self._capacity:
            del self._held[next(iter(self._held))]
        secret = secrets.token_urlsafe(32)
        self._held[_digest(secret)] = _Held(principal, self._clock() + self.lifetime_s)
        return secret

    def find(self, secret: str) -> Principal | None:
        """Return who the secret stands for, None when it was never issued or its time is over."""
        held = self._held.get(_digest(secret))
        return None if held is None or held.until <= self._clock() else held.principal

    def take(self, secret: str) -> Principal | None:
        """Return who the secret stands for and end it: it works once."""
        held = self._held.pop(_digest(secret), None)
        return None if held is None or held.until <= self._clock() else held.principal

    def _forget(self) -> None:
        now = self._clock()
        for digest in [digest for digest, held in self._held.items() if held.until <= now]:
            del self._held[digest]


def _digest(secret: str) -> bytes:
    # Looked up by hash: the time a lookup takes says nothing about the secret.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
