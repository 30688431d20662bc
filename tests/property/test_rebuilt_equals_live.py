"""Whatever is delivered and commanded, in whatever order: what is kept live is what a rebuild makes.

And alerts and incidents tell one story: no alert fires in an incident after its end, none is lost.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application import views
from application.engine import Engine
from application.follower import Follower
from application.incident_index import IncidentIndex
from application.states import States
from application.views import At
from domain import alert, incident
from domain.alert_facts import SignalDeduplicated, SignalReceived
from domain.intake.commands import AttachAlert, DeclareIncident
from domain.intake.facts import IncidentOpened
from domain.recorded import UnknownFact
from domain.source_facts import DeliveryReceived
from domain.streams import is_alert, is_incident
from projections.incident_list import Row, incident_list
from tests.support.use_cases import (
    an_alert,
    ask,
    deliver,
    history,
    note,
    open_home,
    open_one,
    stream_of,
    whole_log,
)

PODS = ("a", "b", "c")
TIMES = tuple(f"2026-03-01T0{hour}:00:00.00000000{hour}Z" for hour in range(5))
Deed = tuple[str, Any]

alerts = st.builds(
    lambda status, start, end, pod: an_alert(status, TIMES[start], ends_at=TIMES[max(start, end)], pod=pod),
    st.sampled_from(["firing", "resolved"]),
    st.integers(0, 4),
    st.integers(0, 4),
    st.sampled_from(PODS),
)
groups = st.sampled_from(["one", "two"])
deeds = st.one_of(
    st.tuples(st.just("deliver"), st.tuples(st.lists(alerts, max_size=4), groups)),
    st.tuples(st.just("open"), st.none()),
    st.tuples(st.just("declare"), st.integers(0, 5)),
    st.tuples(st.just("note"), st.integers(0, 5)),
    st.tuples(st.just("attach"), st.tuples(st.integers(0, 5), st.sampled_from(PODS))),
    st.tuples(st.just("follow"), st.none()),
)
stories = st.lists(deeds, max_size=15)
# Each example makes a ledger.
fewer = settings(max_examples=max(1, settings().max_examples // 3))


def do(engine: Engine, deed: Deed) -> None:
    """Do one thing; what the rules refuse changes nothing."""
    opened = [item.stream for item in whole_log(engine) if isinstance(item.fact, IncidentOpened)]
    match deed:
        case "deliver", (signals, group):
            deliver(engine, *signals, groupKey=group)
        case "open", _:
            open_one(engine)
        case "declare", n if opened:
            ask(engine, DeclareIncident(rationale="Confirmed by hand."), opened[n % len(opened)])
        case "note", n if opened:
            ask(engine, note(), opened[n % len(opened)])
        case "attach", (n, pod) if opened:
            command = AttachAlert(alert=stream_of(an_alert(pod=pod)), why="It belongs here, too.")
            ask(engine, command, opened[n % len(opened)])
        case "follow", _:
            engine.follower.catch_up()


def memory() -> str | None:
    """Return a folder in memory where there is one: many small ledgers need no disk."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


@contextmanager
def told(story: list[Deed]) -> Iterator[Engine]:
    """A ledger in which a story has happened."""
    with tempfile.TemporaryDirectory(dir=memory()) as folder, open_home(Path(folder) / "home") as engine:
        for deed in story:
            do(engine, deed)
        engine.follower.catch_up()
        yield engine


@contextmanager
def rebuilt(engine: Engine, batch: int) -> Iterator[IncidentIndex]:
    """An index made in one go from the whole log."""
    with tempfile.TemporaryDirectory(dir=memory()) as folder, patch("application.follower.BATCH", batch):
        index = IncidentIndex(Path(folder) / "views.db")
        Follower(engine.store, index).catch_up()
        yield index
        index.close()


def firing_in(rows: tuple[Row, ...], stream: str) -> list[str]:
    return sorted(row.stream for row in rows for link in row.alerts if link.alert == stream and link.firing)


@pytest.mark.req("R-SVC-07")
@fewer
@given(stories, st.integers(1, 7))
def test_the_list_kept_live_is_the_list_rebuilt_and_the_fold(story: list[Deed], batch: int) -> None:
    with told(story) as engine, rebuilt(engine, batch) as index:
        rows = engine.index.rows()
        assert rows == index.rows() == incident_list(whole_log(engine))
        for pod in PODS:
            stream = stream_of(an_alert(pod=pod))
            assert sorted(engine.index.holders(stream)) == firing_in(rows, stream)
            assert index.holders(stream) == engine.index.holders(stream)


@pytest.mark.req("R-SVC-08")
@fewer
@given(stories, st.integers(0, 60))
def test_the_list_of_any_size_is_the_fold_of_that_many_entries(story: list[Deed], size: int) -> None:
    with told(story) as engine:
        expected = incident_list(item for item in whole_log(engine) if item.position < size)
        found = views.incidents(engine, At(size=size))
        assert [(view.number, view.incident, view.version) for view in found] == [
            (row.name, row.stream, row.version) for row in expected
        ]
        for row in expected:
            assert views.incident(engine, row.stream, At(size=size)) in found


@fewer
@given(stories)
def test_remembered_states_are_the_fold_of_the_whole_stream(story: list[Deed]) -> None:
    with told(story) as engine:
        fresh = States(engine.store)
        for stream in {item.stream for item in whole_log(engine)}:
            facts = history(engine, stream)
            assert not any(isinstance(item.fact, UnknownFact) for item in facts)
            if is_incident(stream):
                expected = incident.fold(facts)
                assert engine.states.incident(stream).state == fresh.incident(stream).state == expected
            if is_alert(stream):
                assert engine.states.alert(stream).state == fresh.alert(stream).state == alert.fold(facts)


@pytest.mark.req("R-STEP-11")
@fewer
@given(stories)
def test_an_alert_fires_in_incidents_only_while_it_fires(story: list[Deed]) -> None:
    with told(story) as engine:
        rows = engine.index.rows()
        for pod in PODS:
            stream = stream_of(an_alert(pod=pod))
            episodes = engine.states.alert(stream).state.episodes
            fires = bool(episodes) and episodes[-1].status == "firing"
            assert bool(firing_in(rows, stream)) == fires


@pytest.mark.req("R-EVT-10", "R-GLO-03")
@fewer
@given(stories)
def test_every_alert_of_every_delivery_is_one_fact_and_no_correlation_opens_twice(story: list[Deed]) -> None:
    with told(story) as engine:
        facts = [item.fact for item in whole_log(engine)]
        delivered = [len(signals) for kind, rest in story if kind == "deliver" for signals in (rest[0],)]
        signals = [fact for fact in facts if isinstance(fact, SignalReceived | SignalDeduplicated)]
        assert len(signals) == sum(delivered)
        assert sum(isinstance(fact, DeliveryReceived) for fact in facts) == len(delivered)
        candidates = [
            fact.correlation for fact in facts if isinstance(fact, IncidentOpened) and fact.correlation
        ]
        assert len(candidates) == len(set(candidates))


@fewer
@given(stories)
def test_every_reaction_names_an_earlier_fact_and_the_incident_it_concerns(story: list[Deed]) -> None:
    with told(story) as engine:
        seen: dict[str, int] = {}
        for item in whole_log(engine):
            seen[item.id] = item.position
            assert item.causationid is None or seen[item.causationid] < item.position
            assert not is_incident(item.stream) or item.correlationid == item.stream
            assert item.correlationid is None or is_incident(item.correlationid)
