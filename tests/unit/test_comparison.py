"""What changed between two moments of an incident, part by part, to its recovery."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from application.comparison import DiffView, compare
from application.engine import Engine
from application.past import NOW, At
from projections.difference import Difference
from tests.support.meaning import COMMANDER
from tests.support.playing import BOB
from tests.support.scenes import CHECKED, DONE, PLAN, PROPOSE, SCOPE, START, TOLD, approve
from tests.support.use_cases import DECLARE, SteppingClock, do, history, open_home, open_one


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def engine(home: Path, clock: SteppingClock) -> Iterator[Engine]:
    with open_home(home, clock) as opened:
        yield opened


def running(engine: Engine, clock: SteppingClock) -> str:
    """Record an incident up to the execution of its plan; return its stream."""
    stream = open_one(engine)
    for command in (DECLARE, PROPOSE, SCOPE, TOLD, PLAN, approve()):
        clock.forward(minutes=1)
        do(engine, command, stream, principal=COMMANDER)
    do(engine, approve(), stream, principal=BOB)
    do(engine, START, stream)
    engine.follower.catch_up()
    return stream


def differing(engine: Engine, stream: str, since: int, until: At = NOW) -> dict[str, Difference]:
    found = compare(engine, stream, At(version=since), until)
    assert isinstance(found, DiffView)
    return {row.pointer: row for row in found.changes}


@pytest.mark.req("R-SVC-08")
def test_what_was_executed_and_checked_is_compared_with_its_words(
    engine: Engine, clock: SteppingClock
) -> None:
    stream = running(engine, clock)
    started = len(history(engine, stream))
    clock.forward(minutes=1)
    do(engine, replace(DONE, output="All pods run 1.2.3."), stream)
    executed = len(history(engine, stream))
    do(engine, CHECKED, stream)
    rows = differing(engine, stream, started, At(version=executed))
    (command,) = [
        row for pointer, row in rows.items() if pointer.startswith("/execution/attempts/1/commands/")
    ]
    assert command.before is None
    assert command.after["output"] == "All pods run 1.2.3."
    assert "/recovery" not in rows
    rows = differing(engine, stream, executed)
    assert rows["/recovery"].before is None
    assert rows["/gates/recovery_validation/state"].after == "PASS"
    assert not any(pointer.startswith("/execution") for pointer in rows)


@pytest.mark.req("R-SVC-08")
def test_the_same_moment_never_differs_and_two_versions_always_differ_alike(
    engine: Engine, clock: SteppingClock
) -> None:
    stream = running(engine, clock)
    for version in range(1, len(history(engine, stream)) + 1, 7):
        assert differing(engine, stream, version, At(version=version)) == {}
    then = differing(engine, stream, 1, At(version=20))
    clock.forward(days=3)
    do(engine, DONE, stream)
    assert differing(engine, stream, 1, At(version=20)) == then


def test_the_first_moment_that_never_was_is_named(engine: Engine) -> None:
    stream = open_one(engine)
    assert compare(engine, stream, At(version=2), At(version=3)) == At(version=2)
    assert compare(engine, stream, At(version=1), At(version=3)) == At(version=3)
