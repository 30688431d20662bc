"""A coroutine that is cancelled while its use case waits: for its turn, for the vault, for the log."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from application.acting import act
from application.engine import Engine
from application.steps import run, run_async
from consumers.webhook import SOURCES
from domain.timeline.commands import AddTimelineEntry
from ledger.append import Receipt
from tests.support.meaning import INTAKE
from tests.support.use_cases import (
    HEADERS,
    an_alert,
    deliver,
    do,
    kinds,
    message,
    note,
    open_home,
    open_one,
    request,
    resolved,
    stream_of,
    whole_log,
)
from tests.support.vaults import hold

Blocked = Callable[[Engine], Any]
LONG = AddTimelineEntry(text="long words " * 1_000)


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with open_home(home) as opened:
        yield opened


@contextmanager
def turns_taken(engine: Engine) -> Iterator[None]:
    """Be at work on every stream there is, and on the source."""
    streams = {row.stream for row in engine.store.rows(0, 100)} | {"source-alertmanager"}
    taken = [(stream, engine.turns.take(stream)) for stream in streams]
    yield
    for stream, turn in taken:
        engine.turns.done(stream, turn)


@contextmanager
def vault_waits(engine: Engine) -> Iterator[None]:
    gate = hold(engine.vault)
    yield
    gate.set()


@contextmanager
def disk_waits(engine: Engine) -> Iterator[None]:
    """Keep every thread busy that stores blobs."""
    gate = threading.Event()
    for _ in range(engine.disk._max_workers):
        engine.disk.submit(gate.wait, 20)
    yield
    gate.set()


@contextmanager
def log_waits(engine: Engine) -> Iterator[None]:
    with engine.store.transaction():
        yield


async def _leave(steps: Coroutine[Any, Any, Any], seconds: float) -> None:
    """Cancel a use case after a while; it must end at once."""
    task = asyncio.create_task(steps)
    await asyncio.sleep(seconds)
    assert not task.done()
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=1)
    assert done
    assert task.cancelled()


def leave(steps: Coroutine[Any, Any, Any], seconds: float = 0.2) -> None:
    asyncio.run(_leave(steps, seconds))


def settled(engine: Engine) -> None:
    """Return when everything that was on its way to the disk has arrived."""
    engine.vault.change(lambda _: None)
    engine.disk.submit(lambda: None).result()
    do(engine, note("settled"), open_one(engine))


before_the_log = pytest.mark.parametrize("blocked", [turns_taken, vault_waits, disk_waits])
anywhere = pytest.mark.parametrize("blocked", [turns_taken, vault_waits, disk_waits, log_waits])


@before_the_log
def test_who_leaves_before_the_log_is_asked_has_recorded_nothing(engine: Engine, blocked: Blocked) -> None:
    stream = open_one(engine)
    with blocked(engine):
        leave(run_async(act(engine, request(LONG, stream))))
    settled(engine)
    assert kinds(engine, stream) == ["IncidentOpened"]


def test_what_is_on_its_way_to_the_log_arrives_without_its_sender(engine: Engine) -> None:
    stream = open_one(engine)
    with log_waits(engine):
        leave(run_async(act(engine, request(note(), stream, key="k"))))
    settled(engine)
    assert kinds(engine, stream) == ["IncidentOpened", "TimelineEntryRecorded"]
    again = do(engine, note(), stream, key="k")
    assert again.replayed
    assert kinds(engine, stream) == ["IncidentOpened", "TimelineEntryRecorded"]


@anywhere
def test_who_leaves_holds_up_nobody(engine: Engine, blocked: Blocked) -> None:
    stream = open_one(engine)

    async def all_of_them() -> Receipt:
        with ExitStack() as stack:
            stack.enter_context(blocked(engine))
            tasks = [asyncio.create_task(run_async(act(engine, request(LONG, stream)))) for _ in range(4)]
            staying = asyncio.create_task(run_async(act(engine, request(note("stays"), stream))))
            await asyncio.sleep(0.2)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            assert all(task.cancelled() for task in tasks)
        outcome = await asyncio.wait_for(staying, 20)
        assert isinstance(outcome, Receipt)
        return outcome

    receipt = asyncio.run(all_of_them())
    assert receipt.rows[-1].stream == stream
    assert engine.turns._queues == {}
    do(engine, note("after"), stream)


@anywhere
def test_a_delivery_whose_sender_leaves_is_whole_or_absent_and_can_be_sent_again(
    engine: Engine, blocked: Blocked
) -> None:
    alerts = [an_alert(pod=str(n)) for n in range(30)]
    with blocked(engine):
        leave(run_async(SOURCES["alertmanager"](engine, message(*alerts), HEADERS, INTAKE)))
    settled(engine)
    told = deliver(engine, *alerts)
    assert (told.received, told.duplicates) in {(30, 0), (0, 30)}
    for alert in alerts:
        assert kinds(engine, stream_of(alert))[0] == "SignalReceived"
    assert engine.turns._queues == {}
    assert deliver(engine, *(resolved(pod=str(n)) for n in range(30))).received == 30


def test_threads_and_coroutines_wait_for_the_same_turns(engine: Engine) -> None:
    stream = open_one(engine)

    async def from_a_loop() -> None:
        await asyncio.gather(*(run_async(act(engine, request(note(), stream))) for _ in range(20)))

    def from_a_thread() -> None:
        for _ in range(20):
            run(act(engine, request(note(), stream)))

    thread = threading.Thread(target=from_a_thread)
    thread.start()
    asyncio.run(from_a_loop())
    thread.join(20)
    assert kinds(engine, stream).count("TimelineEntryRecorded") == 40
    assert len(whole_log(engine)) == 41
