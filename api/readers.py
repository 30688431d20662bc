"""Threads for questions that may wait for the disk, apart from those that write."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

THREADS = 8
"""Each keeps a connection to the database, so they are few and they stay."""


class Readers:
    """Started by the first question, ended by `close`; may be started again."""

    def __init__(self, threads: int = THREADS, name: str = "reads") -> None:
        self._threads, self._name = threads, name
        self._pool: ThreadPoolExecutor | None = None

    async def ask(self, question: Callable[[], T]) -> T:
        """Return what ``question`` returns, letting the event loop go on meanwhile."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix=self._name)
        return await asyncio.get_running_loop().run_in_executor(self._pool, question)

    def close(self) -> None:
        """Let the questions being asked finish, and end the threads."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)
