"""One command at a time decides on a stream, in this process; other processes are met at the append.

Without it, commands on one busy stream would all decide on the same version, and all but one would
have decided in vain. A turn is a future, so threads and coroutines wait for it alike.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future


class Turns:
    """Who is at work on which stream, and who waits, in order of arrival."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Future[None]]] = {}
        self._guard = threading.Lock()  # guards _waiting; a stream at work has an entry

    def take(self, stream: str) -> Future[None]:
        """Return a future that resolves when it is the caller's turn; `done` must follow, always."""
        turn: Future[None] = Future()
        with self._guard:
            queue = self._waiting.get(stream)
            if queue is not None:
                queue.append(turn)
                return turn
            self._waiting[stream] = deque()
        turn.set_result(None)
        return turn

    def done(self, stream: str, turn: Future[None]) -> None:
        """Let the next one in; a caller who gave up before its turn came only leaves the queue."""
        with self._guard:
            queue = self._waiting[stream]
            if not turn.done():
                queue.remove(turn)
                return
            successor = queue.popleft() if queue else None
            if successor is None:
                del self._waiting[stream]
        if successor is not None:
            successor.set_result(None)
