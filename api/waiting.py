"""Waiting for the log to grow, without holding a thread."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from ledger.commits import Commits


async def grown(commits: Commits, size: int, timeout_s: float) -> bool:
    """Return whether ``commits`` has announced more than ``size``, after at most ``timeout_s``."""
    loop, news = asyncio.get_running_loop(), asyncio.Event()

    def announced(_: int) -> None:
        # Called by the writer: a loop that has just ended must not become its problem.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(news.set)

    stop = commits.listen(announced)
    try:
        async with asyncio.timeout(timeout_s):
            while commits.size <= size:
                await news.wait()
                news.clear()
    except TimeoutError:
        return commits.size > size
    else:
        return True
    finally:
        stop()
