"""Files on their way in and out: few at a time, on threads that neither acts nor reads wait for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from api.problems import refused
from api.readers import Readers

THREADS = 2
"""Encrypting and hashing keep a processor busy, and the incident goes on meanwhile."""


class Transfers(Readers):
    """At most ``most`` files are on their way at once."""

    def __init__(self, most: int) -> None:
        super().__init__(THREADS, "transfers")
        self._most, self._running = most, 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Be one of them until the end of the block; raises the problem that there are enough."""
        if self._running >= self._most:
            limit = f"at most {self._most} files on their way at once"
            raise refused("TRANSFERS_EXCEEDED", f"files: expected {limit}", expected=limit, found="more")
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
