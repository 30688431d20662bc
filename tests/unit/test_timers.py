"""What time makes due is recorded once, whoever looks and whatever dies meanwhile (R-SVC-10, R-AUT-63)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
import structlog

from application import timers as module
from application.engine import Engine
from application.steps import run
from application.timers import SCHEDULER, Timers, check_timers, run_timers
from domain.severity.facts import SeverityReassessmentStarted
from ledger.errors import ReadOnly, StoreError
from tests.support.processes import wait_until
from tests.support.scenes import DECLARE, SCOPE, propose
from tests.support.use_cases import SteppingClock, do, history, kinds, meddle, note, open_home, open_one

BEGAN = "SeverityReassessmentStarted"


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def engine(home: Path, clock: SteppingClock) -> Iterator[Engine]:
    with open_home(home, clock) as opened:
        yield opened


def agreed(engine: Engine) -> str:
    """Return an incident of which SEV-2 is agreed now."""
    stream = open_one(engine)
    for command in (DECLARE, propose("SEV-2"), SCOPE):
        do(engine, command, stream)
    engine.follower.catch_up()
    return stream


@pytest.mark.req("R-SVC-10", "R-AUT-63")
def test_an_incident_that_is_overdue_is_found_once_and_the_scheduler_stands_behind_it(
    engine: Engine, clock: SteppingClock
) -> None:
    stream = agreed(engine)
    other = open_one(engine)
    assert Timers(engine).look() == 0
    clock.forward(minutes=120)
    assert Timers(engine).look() == 1
    # The list has not caught up: the incident is looked at once more, and nothing is recorded.
    assert Timers(engine).look() == 0
    (began,) = [
        item for item in history(engine, stream) if isinstance(item.fact, SeverityReassessmentStarted)
    ]
    assert (began.authid, began.authtype, began.authroles) == (SCHEDULER.id, "system", ("scheduler",))
    assert isinstance(began.fact, SeverityReassessmentStarted)
    assert began.fact.cause is not None
    assert began.fact.cause.rule == "unmitigated"
    assert kinds(engine, other) == ["IncidentOpened"]
    engine.follower.catch_up()
    assert Timers(engine).look() == 0


@pytest.mark.req("R-SVC-10")
def test_of_two_processes_that_look_at_once_one_records_it(
    engine: Engine, home: Path, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = agreed(engine)
    clock.forward(minutes=120)
    with open_home(home, clock) as second:
        meddle(engine, monkeypatch, lambda: run(check_timers(second, stream)))
        assert run(check_timers(engine, stream)) is None
    assert kinds(engine, stream).count(BEGAN) == 1


@pytest.mark.req("R-SVC-10")
def test_what_somebody_records_meanwhile_is_taken_into_account(
    engine: Engine, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = agreed(engine)
    clock.forward(minutes=120)
    meddle(
        engine,
        monkeypatch,
        lambda: do(engine, propose("SEV-1"), stream),
    )
    assert run(check_timers(engine, stream)) is None
    assert kinds(engine, stream).count(BEGAN) == 1, "the round of the proposal"


@pytest.mark.req("R-SVC-10")
def test_a_look_that_fails_before_its_append_is_made_up_for_by_the_next(
    engine: Engine, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = agreed(engine), agreed(engine)
    clock.forward(minutes=121)

    def dies() -> None:
        raise StoreError("gone")

    meddle(engine, monkeypatch, dies)
    with structlog.testing.capture_logs() as logs:
        assert Timers(engine).look() == 1, "one incident does not keep the other waiting"
    assert [entry["stream"] for entry in logs] == [first]
    assert Timers(engine).look() == 1
    assert [kinds(engine, stream).count(BEGAN) for stream in (first, second)] == [1, 1]


def test_pages_lead_through_all_incidents_that_are_not_over(
    engine: Engine, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    streams = [agreed(engine) for _ in range(5)]
    clock.forward(minutes=121)
    assert Timers(engine).look() == len(streams)
    assert [row.stream for row in engine.index.unresolved()] == streams


def test_nothing_is_tried_where_nothing_can_be_recorded_or_the_service_stops(
    engine: Engine, clock: SteppingClock
) -> None:
    stream = agreed(engine)
    clock.forward(minutes=121)
    stop = threading.Event()
    stop.set()
    assert Timers(engine).look(stop) == 0
    engine.writer.freeze(ReadOnly("for the test"))
    assert Timers(engine).look() == 0
    assert BEGAN not in kinds(engine, stream)


def test_the_thread_looks_again_after_an_error_and_ends_when_it_is_told(
    engine: Engine, clock: SteppingClock
) -> None:
    stream, stop = agreed(engine), threading.Event()
    clock.forward(minutes=121)
    timers, failing = Timers(engine), [StoreError("gone")]
    look = timers.look

    def once_failing(stop: threading.Event | None = None) -> int:
        if failing:
            raise failing.pop()
        return look(stop)

    with patch.object(timers, "look", once_failing), patch.object(module, "EVERY_S", 0.01):
        thread = threading.Thread(target=run_timers, args=(timers, stop))
        thread.start()
        wait_until(lambda: BEGAN in kinds(engine, stream), 20, "a round begins")
        stop.set()
        thread.join()
    do(engine, note(), stream)
