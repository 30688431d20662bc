"""A use case that waits for disks, written once for threads and for event loops.

A use case is a generator that yields futures (of the vault, of the writer) and is sent their
results. `run` drives it from a thread, `run_async` from a coroutine; neither copies its logic.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

T = TypeVar("T")

# Any: a use case waits for results of different types, and knows each one's itself.
Steps = Generator["Future[Any]", Any, T]

LIGHT = 20
"""Work of at most this weight (alerts, facts: some 100 µs each) is done where it is asked for."""


def run(steps: Steps[T]) -> T:
    """Return the result of a use case, blocking this thread while it waits."""
    try:
        future = next(steps)
        while True:
            try:
                result = future.result()
            except Exception as e:
                future = steps.throw(e)
            else:
                future = steps.send(result)
    except StopIteration as end:
        value: T = end.value
        return value
    finally:
        # Whatever ended it: what the use case holds (its turn on a stream) is given back now.
        steps.close()


async def run_async(steps: Steps[T]) -> T:
    """Return the result of a use case, letting the event loop go on while it waits."""
    try:
        future = next(steps)
        while True:
            try:
                result = future.result() if future.done() else await _arrived(future)
            except Exception as e:
                future = steps.throw(e)
            else:
                future = steps.send(result)
    except StopIteration as end:
        value: T = end.value
        return value
    finally:
        # Also when a client left: what the use case holds (its turn on a stream) is given back now.
        steps.close()


async def _arrived(future: Future[Any]) -> Any:
    # Shielded: what is on its way to the disk cannot be called back by a client that left.
    return await asyncio.shield(asyncio.wrap_future(future))


def weighed(executor: Executor, weight: int, work: Callable[[], T]) -> Steps[T]:
    """Return what ``work`` returns; heavy work is done on a thread, so that no event loop stands still."""
    if weight <= LIGHT:
        return work()
    result: T = yield executor.submit(work)
    return result
