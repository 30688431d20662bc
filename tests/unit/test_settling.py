"""A flapping alert and its incidents: held while it flaps, told once when it settles, never hidden."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from application import settling
from application.engine import Engine
from application.intake import Intake
from application.settling import Settling, settle
from application.signal_routing import Routing
from application.steps import run
from domain.intake.commands import AttachAlert, DeclareIncident, DismissIncident
from domain.intake.facts import SignalAttached, SignalCleared
from domain.moment import timestamp
from domain.resolution.restored import alerts_cleared
from ledger.errors import StoreError
from tests.support.processes import wait_until
from tests.support.use_cases import (
    NEVER,
    SteppingClock,
    an_alert,
    deliver,
    do,
    history,
    kinds,
    meddle,
    open_home,
    open_one,
    resolved,
    stream_of,
)

ALERT = stream_of(an_alert())
DISMISS = DismissIncident(rationale="The probe had lost its network.")


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def engine(home: Path, clock: SteppingClock) -> Iterator[Engine]:
    with open_home(home, clock) as opened:
        yield opened


class Flapper:
    """A monitoring tool that tells of one alert, a minute a message."""

    def __init__(self, engine: Engine, clock: SteppingClock) -> None:
        self._engine, self._clock, self._start = engine, clock, ""

    def fire(self) -> Intake:
        self._clock.forward(minutes=1)
        self._start = timestamp(self._clock.now)
        return deliver(self._engine, an_alert(starts_at=self._start))

    def end(self, *, timed: bool = True) -> Intake:
        self._clock.forward(minutes=1)
        ends_at = timestamp(self._clock.now) if timed else NEVER
        return deliver(self._engine, resolved(self._start, ends_at=ends_at))

    def flap(self, times: int) -> str:
        """Fire and end, and return the incident that the first firing led to."""
        (incident,) = self.fire().incidents
        self.end()
        for _ in range(times - 1):
            self.fire()
            self.end()
        return incident


@pytest.fixture
def tool(engine: Engine, clock: SteppingClock) -> Flapper:
    return Flapper(engine, clock)


def firing_in(engine: Engine, incident: str) -> list[str]:
    """Return the episodes of the alert that fire in an incident."""
    attached = engine.states.incident(incident).state.intake.alerts.get(ALERT)
    return [attached.fact.episode] if attached is not None and attached.firing else []


def newest(engine: Engine) -> str:
    latest = engine.states.alert(ALERT).state.latest
    assert latest is not None
    return latest.episode


def test_an_incident_is_told_an_alert_that_flaps_no_more_than_before_it_flapped(
    engine: Engine, tool: Flapper
) -> None:
    incident = tool.flap(6)
    told = ["SignalAttached", "SignalCleared", "SignalAttached", "SignalCleared", "SignalAttached"]
    assert kinds(engine, incident) == ["IncidentOpened", *told]
    assert kinds(engine, ALERT) == [*["SignalReceived"] * 5, "FlappingStarted", *["SignalReceived"] * 7]
    assert firing_in(engine, incident) != []
    assert not alerts_cleared(engine.states.incident(incident).state)


@pytest.mark.req("R-STEP-11")
def test_once_it_is_quiet_its_incident_is_told_one_end(
    engine: Engine, tool: Flapper, clock: SteppingClock
) -> None:
    incident = tool.flap(6)
    looking = Settling(engine)
    clock.forward(minutes=9)
    looking.look()
    assert kinds(engine, ALERT)[-1] == "SignalReceived"
    clock.forward(minutes=1)
    before = len(kinds(engine, incident))
    assert looking.look() == 1
    assert kinds(engine, incident)[before:] == ["SignalCleared"]
    assert kinds(engine, ALERT)[-1] == "FlappingEnded"
    ended, cleared = history(engine, ALERT)[-1], history(engine, incident)[-1]
    assert isinstance(cleared.fact, SignalCleared)
    assert (cleared.causationid, ended.correlationid) == (ended.id, incident)
    assert (ended.authid, ended.authtype) == ("p-settling", "system")
    assert alerts_cleared(engine.states.incident(incident).state)
    looking.look()
    looking.look()
    assert kinds(engine, incident)[before:] == ["SignalCleared"]


def test_one_that_settles_firing_leaves_the_newest_episode_in_its_incident(
    engine: Engine, tool: Flapper, clock: SteppingClock
) -> None:
    incident = tool.flap(4)
    tool.fire()
    assert firing_in(engine, incident) != [newest(engine)]
    clock.forward(minutes=11)
    Settling(engine).look()
    assert firing_in(engine, incident) == [newest(engine)]
    attached = history(engine, incident)[-1].fact
    assert isinstance(attached, SignalAttached)
    assert attached.why == "flapping-settled"
    tool.end()
    assert firing_in(engine, incident) == []


def test_an_incident_is_told_the_end_although_it_has_an_episode_that_none_of_the_ends_names(
    engine: Engine, tool: Flapper, clock: SteppingClock
) -> None:
    incident = tool.flap(4)
    tool.fire()
    tool.end(timed=False)
    clock.forward(minutes=11)
    Settling(engine).look()
    assert firing_in(engine, incident) == []


def test_the_next_message_settles_it_as_well(engine: Engine, tool: Flapper, clock: SteppingClock) -> None:
    incident = tool.flap(4)
    clock.forward(minutes=11)
    before = len(kinds(engine, incident))
    again = tool.fire()
    assert again.incidents == (incident,)
    assert kinds(engine, incident)[before:] == ["SignalCleared", "SignalAttached"]
    assert kinds(engine, ALERT)[-2:] == ["FlappingEnded", "SignalReceived"]
    assert firing_in(engine, incident) == [newest(engine)]


def test_a_firing_is_told_although_it_flaps_where_no_open_incident_has_it(
    engine: Engine, tool: Flapper
) -> None:
    first = tool.flap(4)
    do(engine, DISMISS, first)
    (second,) = tool.fire().incidents
    assert second != first
    assert firing_in(engine, second) == [newest(engine)]
    tool.end()
    tool.fire()
    assert kinds(engine, second) == ["IncidentOpened", "SignalAttached"]


def test_an_incident_that_ends_while_a_firing_is_held_back_from_it_is_noticed(
    engine: Engine, tool: Flapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = tool.flap(4)
    left = meddle(engine, monkeypatch, lambda: do(engine, DISMISS, first))
    (second,) = tool.fire().incidents
    assert left == []
    assert second != first


def test_what_settles_firing_after_its_incident_ended_is_told_anew(
    engine: Engine, tool: Flapper, clock: SteppingClock
) -> None:
    first = tool.flap(4)
    tool.fire()
    do(engine, DISMISS, first)
    clock.forward(minutes=11)
    Settling(engine).look()
    (second,) = (item.correlationid for item in history(engine, ALERT)[-1:])
    assert second not in {None, first}
    assert firing_in(engine, str(second)) == [newest(engine)]


def test_what_was_told_to_an_incident_that_ended_since_is_not_told_again(
    engine: Engine, tool: Flapper, clock: SteppingClock
) -> None:
    do(engine, DISMISS, tool.flap(4))
    (second,) = tool.fire().incidents
    do(engine, DISMISS, second)
    size = engine.store.head().size
    clock.forward(minutes=11)
    Settling(engine).look()
    assert engine.store.head().size == size + 1


def test_an_alert_attached_by_hand_while_it_flaps_fires_until_it_settles(
    engine: Engine, tool: Flapper, clock: SteppingClock
) -> None:
    tool.flap(4)
    other = open_one(engine)
    do(engine, AttachAlert(alert=ALERT, why="It shows here, too."), other)
    assert firing_in(engine, other) != []
    clock.forward(minutes=11)
    Settling(engine).look()
    assert firing_in(engine, other) == []


def test_whoever_attaches_it_while_it_is_settling_is_told_as_well(
    engine: Engine, tool: Flapper, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool.flap(4)
    other = open_one(engine)
    clock.forward(minutes=11)
    looking = Settling(engine)
    attach = AttachAlert(alert=ALERT, why="It shows here, too.")
    left = meddle(engine, monkeypatch, lambda: do(engine, attach, other))
    looking.look()
    assert left == []
    assert firing_in(engine, other) != []
    # Killed here, another one looks again.
    Settling(engine).look()
    assert firing_in(engine, other) == []


def test_what_fires_again_before_it_is_looked_at_once_more_stays_firing(
    engine: Engine, tool: Flapper, clock: SteppingClock
) -> None:
    incident = tool.flap(4)
    clock.forward(minutes=11)
    run(settle(engine, ALERT))
    tool.fire()
    Settling(engine).look()
    assert firing_in(engine, incident) == [newest(engine)]


def test_of_two_that_look_at_once_one_settles_it(
    engine: Engine, tool: Flapper, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = tool.flap(4)
    clock.forward(minutes=11)
    meddle(engine, monkeypatch, lambda: run(settle(engine, ALERT)))
    run(settle(engine, ALERT))
    assert kinds(engine, ALERT).count("FlappingEnded") == 1
    assert kinds(engine, incident)[-2:] == ["SignalAttached", "SignalCleared"]


def test_what_flapped_before_the_start_is_found(
    home: Path, engine: Engine, tool: Flapper, clock: SteppingClock
) -> None:
    incident = tool.flap(4)
    clock.forward(minutes=11)
    with open_home(home, clock) as again:
        Settling(again).look()
    assert firing_in(engine, incident) == []


def test_a_condition_that_keeps_flapping_is_left_alone(
    engine: Engine, tool: Flapper, clock: SteppingClock
) -> None:
    tool.flap(4)
    looking = Settling(engine)
    for _ in range(12):
        tool.fire()
        tool.end()
        assert kinds(engine, ALERT)[-1] == "SignalReceived"
        looking.look()
    assert "FlappingEnded" not in kinds(engine, ALERT)
    clock.forward(minutes=11)
    looking.look()
    assert kinds(engine, ALERT)[-1] == "FlappingEnded"


def test_a_declared_incident_is_held_back_from_and_told_as_a_candidate_is(
    engine: Engine, tool: Flapper, clock: SteppingClock
) -> None:
    incident = tool.flap(3)
    do(engine, DeclareIncident(rationale="Confirmed by hand."), incident)
    tool.fire()
    tool.end()
    clock.forward(minutes=11)
    Settling(engine).look()
    assert kinds(engine, incident)[-1] == "SignalCleared"


def test_a_condition_that_cannot_be_settled_is_tried_again_and_keeps_no_other_waiting(
    engine: Engine, tool: Flapper, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool.flap(4)
    clock.forward(minutes=11)
    looking = Settling(engine)
    with monkeypatch.context() as patch, structlog.testing.capture_logs() as logs:
        patch.setattr(Routing, "settle", _fails)
        looking.look()
    assert [entry["event"] for entry in logs] == ["a condition is not settled"]
    assert looking.look() == 0
    clock.forward(seconds=settling.EVERY_S)
    assert looking.look() == 1
    assert kinds(engine, ALERT)[-1] == "FlappingEnded"


def test_nothing_is_settled_where_nothing_may_be_written(
    home: Path, engine: Engine, tool: Flapper, clock: SteppingClock
) -> None:
    tool.flap(4)
    clock.forward(minutes=11)
    with open_home(home, clock, read_only=True) as reading:
        assert Settling(reading).look() == 0


def test_the_job_looks_until_it_is_stopped_whatever_goes_wrong(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []

    def look(_: Settling) -> int:
        looked.append(1)
        raise StoreError("no disk")

    monkeypatch.setattr(settling, "EVERY_S", 0.001)
    monkeypatch.setattr(Settling, "look", look)
    stop = threading.Event()
    thread = threading.Thread(target=Settling(engine).run, args=(stop,))
    with structlog.testing.capture_logs():
        thread.start()
        wait_until(lambda: len(looked) > 2, 10, "it looked three times")
        stop.set()
        thread.join()


def _fails(_routing: Routing, _stream: str) -> None:
    raise StoreError("no disk")


def test_at_most_so_many_are_looked_at_in_a_row(
    engine: Engine, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        clock.forward(minutes=1)
        start = timestamp(clock.now)
        deliver(engine, *(an_alert(starts_at=start, pod=pod) for pod in "abc"))
        clock.forward(minutes=1)
        end = timestamp(clock.now)
        deliver(engine, *(resolved(start, ends_at=end, pod=pod) for pod in "abc"))
    clock.forward(minutes=11)
    monkeypatch.setattr(settling, "MOST", 2)
    looking = Settling(engine)
    assert [looking.look() for _ in range(5)] == [2, 2, 2, 0, 0]
