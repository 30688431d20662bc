"""Tells who waits that the log has grown. Every wait has a time-out: a missed wake-up costs a second."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Commits:
    """The newest committed size that this process has heard of."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._size = 0
        self._listeners: list[Callable[[int], None]] = []

    @property
    def size(self) -> int:
        """The newest size announced."""
        return self._size

    def announce(self, size: int) -> None:
        """Wake everybody; a smaller size than the newest changes nothing."""
        with self._condition:
            if size <= self._size:
                return
            self._size = size
            self._condition.notify_all()
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(size)

    def wait_beyond(self, size: int, timeout_s: float = 1.0) -> bool:
        """Return whether the log is known to be larger than ``size``, after at most ``timeout_s``."""
        with self._condition:
            return self._condition.wait_for(lambda: self._size > size, timeout_s)

    def listen(self, listener: Callable[[int], None]) -> Callable[[], None]:
        """Call ``listener(size)`` at each growth, from the announcing thread; return how to stop."""
        with self._condition:
            self._listeners.append(listener)

        def stop() -> None:
            with self._condition:
                # Once is enough; a second call finds nothing.
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return stop
