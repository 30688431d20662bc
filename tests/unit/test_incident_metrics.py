"""Metrics of incidents in a ledger: kept between questions, measured again once an incident has gone on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from application import metrics
from application.engine import Engine
from application.metrics import MetricsView, Which, measure_again, of_incident, over_incidents
from application.past import At
from domain.severity.commands import ProposeSeverity
from projections.metrics.reading import MetricSummary, Summary
from projections.metrics.table import EDITION
from tests.support.use_cases import (
    DECLARE,
    OPEN,
    SteppingClock,
    an_alert,
    deliver,
    do,
    history,
    note,
    open_home,
    open_one,
)

PROPOSE = ProposeSeverity(severity="SEV-1", rationale="A third of payments fail.")


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def engine(home: Path, clock: SteppingClock) -> Iterator[Engine]:
    with open_home(home, clock) as opened:
        yield opened


def declared(engine: Engine, clock: SteppingClock, minutes: int, **opening: Any) -> str:
    """Open an incident that is declared so many minutes later."""
    stream = open_one(engine, replace(OPEN, **opening))
    clock.forward(minutes=minutes)
    do(engine, DECLARE, stream)
    return stream


def together(engine: Engine, **which: Any) -> dict[str, MetricSummary]:
    return {row.id: row for row in over_incidents(engine, Which(**which))[1]}


def to_declare(engine: Engine, **which: Any) -> Summary | None:
    return together(engine, **which)["time_to_declare"].recorded


def counted(engine: Engine, **which: Any) -> int:
    return over_incidents(engine, Which(**which))[0]


@pytest.mark.req("R-GATE-34", "R-SVC-08")
def test_an_incident_measures_what_is_known_of_it_then(engine: Engine, clock: SteppingClock) -> None:
    (stream,) = deliver(engine, an_alert(starts_at="2026-03-01T02:10:00Z")).incidents
    do(engine, DECLARE, stream)
    before, now = of_incident(engine, stream, At(version=1)), of_incident(engine, stream)
    assert isinstance(before, MetricsView)
    assert isinstance(now, MetricsView)
    found = {row.id: row.raw for row in now.metrics}
    assert found["mttd"] is not None
    # Declared at 02:15 by the clock of the test, which moves by a microsecond a reading.
    assert 300 <= float(found["mttd"]) < 301
    assert {row.raw for row in before.metrics} == {None}
    assert of_incident(engine, "incident-" + "0" * 32) is None


@pytest.mark.req("R-LRN-20")
def test_incidents_are_measured_together(engine: Engine, clock: SteppingClock) -> None:
    for minutes in (1, 2, 30):
        declared(engine, clock, minutes)
    open_one(engine)
    found = to_declare(engine)
    assert found is not None
    assert counted(engine) == 4
    assert (found.count, found.median[:3], found.max[:4]) == (3, "120", "1800")


@pytest.mark.req("R-DRILL-01")
def test_drills_are_left_out_unless_they_are_asked_for(engine: Engine, clock: SteppingClock) -> None:
    declared(engine, clock, 1)
    declared(engine, clock, 30, drill=True)
    found, both = to_declare(engine), to_declare(engine, drills=True)
    assert found is not None
    assert both is not None
    assert (found.count, both.count) == (1, 2)
    assert (counted(engine), counted(engine, drills=True)) == (1, 2)


@pytest.mark.req("R-VIS-01")
def test_restricted_incidents_count(engine: Engine, clock: SteppingClock) -> None:
    declared(engine, clock, 1, visibility="restricted")
    assert counted(engine) == 1


def test_incidents_are_chosen_by_when_they_were_opened_and_by_severity(
    engine: Engine, clock: SteppingClock
) -> None:
    first = declared(engine, clock, 1)
    clock.forward(days=1)
    second = declared(engine, clock, 1)
    do(engine, PROPOSE, second)
    opened = [history(engine, stream)[0].recordedtime for stream in (first, second)]
    assert counted(engine, since=opened[0], until=opened[1]) == 1
    assert counted(engine, since=opened[0]) == 2
    assert counted(engine, until=opened[0]) == 0
    assert (counted(engine, severity="SEV-1"), counted(engine, severity="SEV-2")) == (1, 0)


@pytest.mark.req("R-LRN-20")
def test_only_what_has_gone_on_is_measured_again(engine: Engine, clock: SteppingClock) -> None:
    first, second = declared(engine, clock, 1), declared(engine, clock, 2)
    engine.follower.catch_up()
    assert [measure_again(engine), measure_again(engine)] == [2, 0]
    do(engine, note(), second)
    engine.follower.catch_up()
    assert [measure_again(engine), measure_again(engine)] == [1, 0]
    versions = {stream: version for stream, version, _ in engine.index.measured()}
    assert versions == {stream: len(history(engine, stream)) for stream in (first, second)}


@pytest.mark.req("R-LRN-20")
def test_what_is_kept_is_what_is_measured_anew(engine: Engine, clock: SteppingClock) -> None:
    for minutes in (1, 2, 3):
        do(engine, note(), declared(engine, clock, minutes))
        over_incidents(engine, Which())
    live = over_incidents(engine, Which())
    engine.index.start_over()
    assert over_incidents(engine, Which()) == live


def test_another_edition_of_the_table_measures_everything_again(
    engine: Engine, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared(engine, clock, 1)
    over_incidents(engine, Which())
    monkeypatch.setattr(metrics, "EDITION", EDITION + 1)
    assert [measure_again(engine), measure_again(engine)] == [1, 0]


def test_what_ends_with_a_day_is_measured_again_on_the_next(
    engine: Engine, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "good_until", lambda told: told.at[:10])
    declared(engine, clock, 1)
    engine.follower.catch_up()
    assert [measure_again(engine), measure_again(engine)] == [1, 0]
    clock.forward(days=1)
    assert [measure_again(engine), measure_again(engine)] == [1, 0]


def test_an_older_version_replaces_no_newer_one(engine: Engine, clock: SteppingClock) -> None:
    stream = declared(engine, clock, 1)
    over_incidents(engine, Which())
    kept = list(engine.index.measured())
    engine.index.keep_measured([(stream, 1, b"{}")])
    assert list(engine.index.measured()) == kept


def test_many_incidents_are_kept_in_batches(
    engine: Engine, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "BATCH", 2)
    for _ in range(5):
        open_one(engine)
    engine.follower.catch_up()
    assert measure_again(engine) == 5
    assert len(list(engine.index.measured())) == 5


def test_a_file_without_the_table_is_made_anew(home: Path, clock: SteppingClock) -> None:
    with open_home(home, clock) as engine:
        declared(engine, clock, 1)
    with sqlite3.connect(home / "views.db") as connection:
        connection.execute("DROP TABLE measured")
        connection.execute("PRAGMA user_version = 3")
    connection.close()
    with open_home(home, clock) as engine:
        assert counted(engine) == 1
