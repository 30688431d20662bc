"""Secrets that the service hands out for a while: sessions of browsers, tickets for the stream.

Held in memory, by their hash: a restart ends them all unless there is a `Shelf`, and a copy of either opens
nothing. Each stands for the SHA-256 of the token it was given for, never for a person with roles: whoever
uses it is asked for anew, so that what ended with the token has ended for the secret as well.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec


class Held(msgspec.Struct, frozen=True):
    """What a secret stands for, and until when."""

    token: bytes
    until: float


class Shelf(Protocol):
    """Where secrets outlive the process, by their hashes."""

    def load(self) -> dict[bytes, Held]:
        """Return what was saved last; nothing where that is not there or not to be read."""

    def save(self, held: Mapping[bytes, Held]) -> None:
        """Keep all of it; a crash leaves what was there before, or this."""


class Secrets:
    """Random texts that stand for a token for ``lifetime_s`` seconds; at most ``capacity`` at once.

    With a ``shelf`` the ``clock`` has to be one that goes on while the process does not.
    """

    def __init__(
        self,
        lifetime_s: float,
        clock: Callable[[], float],
        capacity: int = 1_000,
        shelf: Shelf | None = None,
    ) -> None:
        self.lifetime_s = lifetime_s
        self._clock, self._capacity, self._shelf = clock, capacity, shelf
        self._held: dict[bytes, Held] = {} if shelf is None else shelf.load()

    def issue(self, token: bytes) -> str:
        """Return a fresh secret for the token with this SHA-256; the oldest goes when there are too many."""
        self._forget()
        while len(self._held) >= self._capacity:
            del self._held[next(iter(self._held))]
        secret = secrets.token_urlsafe(32)
        self._held[_digest(secret)] = Held(token, self._clock() + self.lifetime_s)
        self._save()
        return secret

    def find(self, secret: str) -> bytes | None:
        """Return the token's hash it stands for, None when it was never issued or its time is over."""
        held = self._held.get(_digest(secret))
        return None if held is None or held.until <= self._clock() else held.token

    def take(self, secret: str) -> bytes | None:
        """Return the token's hash it stands for and end it: it works once."""
        held = self._held.pop(_digest(secret), None)
        if held is not None:
            # Before it is answered: what was ended stays ended, whatever happens now.
            self._save()
        return None if held is None or held.until <= self._clock() else held.token

    def _save(self) -> None:
        if self._shelf is not None:
            self._shelf.save(self._held)

    def _forget(self) -> None:
        now = self._clock()
        for digest in [digest for digest, held in self._held.items() if held.until <= now]:
            del self._held[digest]


def _digest(secret: str) -> bytes:
    # Looked up by hash: the time a lookup takes says nothing about the secret.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
