"""Use cases driven from threads and from event loops: the same answers and errors, nothing left behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from application.steps import LIGHT, Steps, run, run_async, weighed

Drive = Callable[[Steps[Any]], Any]


def _in_loop(steps: Steps[Any]) -> Any:
    return asyncio.run(run_async(steps))


both = pytest.mark.parametrize("drive", [run, _in_loop], ids=["thread", "event loop"])


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def _done(result: Any) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(result)
    return future


def _failed(error: Exception) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_exception(error)
    return future


@both
def test_results_are_sent_back_and_the_last_is_returned(drive: Drive) -> None:
    def steps() -> Steps[list[int]]:
        first = yield _done(1)
        second = yield _done(first + 1)
        return [first, second]

    assert drive(steps()) == [1, 2]


@both
def test_a_use_case_that_waits_for_nothing_is_one_too(drive: Drive) -> None:
    def steps() -> Steps[str]:
        yield from ()
        return "at once"

    assert drive(steps()) == "at once"


@both
def test_a_failed_future_fails_inside_and_can_be_answered_there(drive: Drive) -> None:
    def steps() -> Steps[str]:
        try:
            yield _failed(KeyError("first"))
        except KeyError:
            return str((yield _done("second")))
        return "not reached"

    assert drive(steps()) == "second"


@both
def test_an_error_that_nobody_answers_comes_out(drive: Drive) -> None:
    def steps() -> Steps[None]:
        yield _failed(KeyError("x"))

    with pytest.raises(KeyError):
        drive(steps())


@both
def test_a_slow_future_is_waited_for(drive: Drive, executor: ThreadPoolExecutor) -> None:
    gate = threading.Event()

    def steps() -> Steps[str]:
        threading.Timer(0.02, gate.set).start()
        yield executor.submit(gate.wait)
        return "after"

    assert drive(steps()) == "after"
    assert gate.is_set()


def test_a_client_that_leaves_gives_back_what_the_use_case_holds() -> None:
    left: list[str] = []
    future: Future[Any] = Future()

    def steps() -> Steps[None]:
        try:
            yield future
        finally:
            left.append("given back")

    async def leave() -> None:
        task = asyncio.create_task(run_async(steps()))
        await asyncio.sleep(0)
        assert left == []
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert left == ["given back"]
        # What is on its way to the disk is not called back.
        assert not future.cancelled()
        future.set_result(None)
        await asyncio.sleep(0)

    asyncio.run(leave())


def test_what_fails_after_the_client_left_disturbs_nobody() -> None:
    future: Future[Any] = Future()

    def steps() -> Steps[None]:
        yield future

    async def leave() -> list[dict[str, Any]]:
        troubles: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: troubles.append(context))
        task = asyncio.create_task(run_async(steps()))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        future.set_exception(KeyError("late"))
        await asyncio.sleep(0.01)
        return troubles

    assert asyncio.run(leave()) == []


def test_light_work_is_done_here_and_heavy_work_elsewhere(executor: ThreadPoolExecutor) -> None:
    here = threading.get_ident()
    assert run(weighed(executor, LIGHT, threading.get_ident)) == here
    assert run(weighed(executor, LIGHT + 1, threading.get_ident)) != here


def test_heavy_work_fails_as_light_work_does(executor: ThreadPoolExecutor) -> None:
    def work() -> None:
        raise KeyError("x")

    for weight in (0, LIGHT + 1):
        with pytest.raises(KeyError):
            run(weighed(executor, weight, work))
