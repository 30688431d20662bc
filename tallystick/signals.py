"""SIGTERM and SIGINT: what they mean before, while and after a home is served."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(Exception):
    """A signal came before the server was there to be stopped."""


class Signals:
    """SIGTERM and SIGINT: they end what is starting, stop what serves, and change nothing once it stops."""

    def __init__(self) -> None:
        self._starting = True
        self._stop: Callable[[], None] | None = None

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Catch both inside the block. uvicorn raises again what it has caught, at its end."""
        before = {number: signal.signal(number, self._came) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def serving(self) -> None:
        """From here on uvicorn's own handlers decide."""
        self._starting = False

    @contextmanager
    def passed_to(self, stop: Callable[[], None]) -> Iterator[None]:
        """Have both call ``stop`` inside the block, however often they come."""
        self._stop = stop
        try:
            yield
        finally:
            self._stop = None

    def _came(self, _number: int, _frame: FrameType | None) -> None:
        if self._stop is not None:
            self._stop()
        elif self._starting:
            raise Stopped
