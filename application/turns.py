"""One command at a time decides on a stream, in this process; other processes are met at the append.

Without it, commands on one busy stream would all decide on the same version, and all but one would
have decided in vain. A turn is a future, so threads and coroutines wait for it alike.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection, Generator
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

Turn = Future[None]


class Turns:
    """Who is at work on which stream, and who waits, in order of arrival."""

    def __init__(self) -> None:
        self._queues: dict[str, deque[Turn]] = {}  # the first of each is at work
        self._guard = threading.Lock()  # guards _queues

    def take(self, stream: str) -> Turn:
        """Return a future that resolves when it is the caller's turn; `done` must follow, always."""
        turn: Turn = Future()
        # Nobody can cancel it: a caller who gives up says so by `done`, and the next one comes.
        turn.set_running_or_notify_cancel()
        with self._guard:
            queue = self._queues.setdefault(stream, deque())
            queue.append(turn)
            first = queue[0] is turn
        if first:
            turn.set_result(None)
        return turn

    def done(self, stream: str, turn: Turn) -> None:
        """Let the next one in; a caller who gave up before its turn came only leaves the queue."""
        with self._guard:
            queue = self._queues[stream]
            if queue[0] is not turn:
                queue.remove(turn)
                return
            queue.popleft()
            successor = queue[0] if queue else None
            if successor is None:
                del self._queues[stream]
        # It may have given up a moment ago and be nobody's: then its own `done` waits for the guard.
        if successor is not None:
            successor.set_result(None)

    def during(
        self, streams: Collection[str], steps: Generator[Future[Any], Any, T]
    ) -> Generator[Future[Any], Any, T]:
        """Return what ``steps`` return, run while it is the caller's turn on every one of ``streams``.

        The turns are taken in order of name, so two callers never wait for each other.
        """
        taken: list[tuple[str, Turn]] = []
        try:
            for stream in sorted(streams):
                turn = self.take(stream)
                taken.append((stream, turn))
                yield turn
            return (yield from steps)
        finally:
            for stream, turn in reversed(taken):
                self.done(stream, turn)
