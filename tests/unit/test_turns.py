"""One command at a time on a stream: in order of arrival, and nobody who leaves takes the turn along."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from itertools import permutations
from typing import Any

import pytest

from application.steps import Steps, run
from application.turns import Turns


def test_an_idle_stream_is_free_at_once() -> None:
    assert Turns().take("one").done()


def test_turns_come_in_order_of_arrival() -> None:
    turns = Turns()
    first, second, third = (turns.take("one") for _ in range(3))
    assert not second.done()
    turns.done("one", first)
    assert second.done()
    assert not third.done()
    turns.done("one", second)
    assert third.done()


def test_streams_do_not_wait_for_each_other() -> None:
    turns = Turns()
    turns.take("one")
    assert turns.take("two").done()


def test_a_stream_is_free_again_after_the_last() -> None:
    turns = Turns()
    turns.done("one", turns.take("one"))
    assert turns.take("one").done()
    assert len(turns._queues) == 1


def test_who_gives_up_while_waiting_leaves_the_queue() -> None:
    turns = Turns()
    first, second, third = (turns.take("one") for _ in range(3))
    turns.done("one", second)
    turns.done("one", first)
    assert third.done()
    assert not second.done()


def test_nobody_can_cancel_a_turn() -> None:
    turns = Turns()
    turns.take("one")
    assert not turns.take("one").cancel()


class Interrupting(Future[None]):
    """A turn on whose announcement something else happens first."""

    def __init__(self, before: Callable[[], None]) -> None:
        super().__init__()
        self.set_running_or_notify_cancel()
        self.before = before

    def set_result(self, result: None) -> None:
        self.before()
        super().set_result(result)


def test_who_gives_up_at_the_moment_its_turn_comes_passes_it_on() -> None:
    turns = Turns()
    first = turns.take("one")
    leaving = Interrupting(lambda: turns.done("one", leaving))
    turns._queues["one"].append(leaving)
    third = turns.take("one")
    turns.done("one", first)
    assert third.done()
    turns.done("one", third)
    assert turns.take("one").done()


def _waiting(*futures: Future[None]) -> Steps[str]:
    yield from futures
    return "done"


def test_steps_run_while_all_turns_are_held_and_give_them_back() -> None:
    turns = Turns()
    seen: list[bool] = []

    def steps() -> Steps[str]:
        seen.extend(turns.take(stream).done() for stream in ("one", "two", "three"))
        yield from ()
        return "done"

    assert run(turns.during(("two", "one"), steps())) == "done"
    assert seen == [False, False, True]


def test_turns_are_given_back_when_the_steps_fail() -> None:
    turns = Turns()

    def steps() -> Steps[None]:
        yield from ()
        raise KeyError("x")

    with pytest.raises(KeyError):
        run(turns.during(("one", "two"), steps()))
    assert turns.take("one").done()
    assert turns.take("two").done()


@pytest.mark.parametrize("answered", [0, 1, 2])
def test_turns_are_given_back_wherever_the_steps_are_left(answered: int) -> None:
    turns = Turns()
    other = turns.take("two")
    steps = turns.during(("one", "two"), _waiting(Future()))
    future = next(steps)
    for _ in range(answered):
        future = steps.send(None)
    assert future is not None
    steps.close()
    turns.done("two", other)
    assert turns.take("one").done()
    assert turns.take("two").done()


@pytest.mark.parametrize("order", [*permutations(("one", "two", "three"))])
def test_no_two_callers_wait_for_each_other(order: tuple[str, ...]) -> None:
    turns = Turns()
    callers = [turns.during(("one", "two", "three"), _waiting()), turns.during(order, _waiting())]
    waiting = {caller: next(caller) for caller in callers}
    for _ in range(10):
        for caller, turn in list(waiting.items()):
            if turn.done():
                try:
                    waiting[caller] = caller.send(None)
                except StopIteration:
                    del waiting[caller]
    assert waiting == {}
    assert turns._queues == {}


def test_threads_never_hold_one_turn_together() -> None:
    turns = Turns()
    inside: list[int] = []
    together: list[Any] = []

    def steps(n: int) -> Steps[None]:
        inside.append(n)
        if len(inside) > 1:
            together.append(tuple(inside))
        inside.remove(n)
        yield from ()

    def work(n: int) -> None:
        for _ in range(200):
            run(turns.during(("one",), steps(n)))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert together == []
    assert turns._queues == {}
