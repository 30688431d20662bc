"""Remembered states: always those of the newest version, whoever wrote it, at the price of what is new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from application.engine import Engine
from application.reading import log_facts, recorded
from application.states import States
from domain import alert, incident
from domain.facts import NAMES
from domain.intake.commands import DeclareIncident
from domain.timeline.facts import TimelineEntryRecorded
from ledger.append import AppendRequest, Draft, Part
from ledger.errors import IntegrityError
from ledger.store.contract import Row
from tests.support.use_cases import (
    an_alert,
    appends,
    deliver,
    do,
    history,
    note,
    open_home,
    open_one,
    resolved,
    stream_of,
)


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with open_home(home) as opened:
        yield opened


@pytest.fixture
def reads(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the number of rows of each reading of a stream."""
    found: list[int] = []
    read = engine.store.stream_rows

    def noted(stream: str, after: int = 0, limit: int = -1) -> Sequence[Row]:
        rows = read(stream, after, limit)
        found.append(len(rows))
        return rows

    monkeypatch.setattr(engine.store, "stream_rows", noted)
    return found


def test_a_stream_without_facts_is_nothing_at_version_0(engine: Engine) -> None:
    assert engine.states.incident("incident-x") == type(engine.states.incident("incident-x"))(
        0, incident.NOTHING
    )
    assert engine.states.alert("alert-x").state == alert.NOTHING


def test_only_what_is_new_is_read(engine: Engine, reads: list[int]) -> None:
    states, stream = States(engine.store), open_one(engine)
    reads.clear()
    for _ in range(2):
        assert states.incident(stream).version == 1
    do(engine, DeclareIncident(rationale="Confirmed by hand."), stream)
    reads.clear()
    folded = states.incident(stream)
    assert (folded.version, folded.state.state) == (5, "assessing")
    assert reads == [4]


def test_what_other_processes_wrote_counts_as_well(engine: Engine, home: Path) -> None:
    stream = open_one(engine)
    assert engine.states.incident(stream).version == 1
    with open_home(home) as other:
        do(other, note(), stream)
    assert engine.states.incident(stream).version == 2


@pytest.mark.req("R-EVT-03")
def test_facts_of_unknown_types_move_the_version_and_nothing_else(engine: Engine) -> None:
    stream = open_one(engine)
    deliver(engine, an_alert())
    for name in (stream, stream_of(an_alert())):
        appends(engine, name)()
    assert engine.states.incident(stream).version == 2
    assert engine.states.incident(stream).state.state == "detecting"
    assert engine.states.alert(stream_of(an_alert())).version == 2
    assert engine.states.alert(stream_of(an_alert())).state.episodes != ()
    assert deliver(engine, resolved()).received == 1
    do(engine, note(), stream, expected=2)


def test_no_more_than_the_capacity_is_remembered(engine: Engine, reads: list[int]) -> None:
    states = States(engine.store, capacity=2)
    streams = [open_one(engine) for _ in range(3)]
    for stream in streams:
        states.incident(stream)
    reads.clear()
    assert [states.incident(stream).version for stream in (*streams[1:], streams[0])] == [1, 1, 1]
    assert reads == [0, 0, 1]


def test_threads_share_what_is_remembered(engine: Engine) -> None:
    stream = open_one(engine)

    def work(n: int) -> int:
        if n % 4 == 0:
            do(engine, note(), stream)
        folded = engine.states.incident(stream)
        assert len([*folded.state.entries.items()]) == folded.version - 1
        return folded.version

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(60)))
    assert engine.states.incident(stream).version == 16


def test_a_row_that_does_not_hold_is_no_state(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = open_one(engine)
    rows = [msgspec.structs.replace(row, version=2) for row in engine.store.stream_rows(stream)]
    monkeypatch.setattr(engine.store, "stream_rows", lambda *_: rows)
    with pytest.raises(IntegrityError, match="entry 1, column version"):
        States(engine.store).incident(stream)


@pytest.mark.req("R-EVT-04")
@pytest.mark.parametrize(
    "data",
    [{}, {"entry_id": "x", "category": "note", "text": {"clear": "in the log"}}, {"entry_id": 7}],
)
def test_a_known_type_without_its_shape_is_named_by_its_entry(
    engine: Engine, data: dict[str, object]
) -> None:
    stream = open_one(engine)
    draft = Draft(
        id=engine.new_id(),
        type=NAMES[TimelineEntryRecorded],
        time="2026-03-01T02:15:00.000000Z",
        authtype="system",
        authid="p-elsewhere",
        authroles=(),
        data=msgspec.convert(data, dict),
    )
    engine.writer.append(AppendRequest((Part(stream, None, (draft,)),)))
    with pytest.raises(IntegrityError, match=r"entry 2: expected a fact of type .*timeline-entry-recorded"):
        history(engine, stream)


def test_the_facts_of_a_log_are_read_in_batches_and_by_stream(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.reading.BATCH", 2)
    streams = [open_one(engine) for _ in range(5)]
    size = engine.store.head().size
    found = [item.stream for item in log_facts(engine.store, 0, size, lambda stream: stream != "keys")]
    assert found == streams
    assert [item.position for item in log_facts(engine.store, 2, 4, lambda _: True)] == [2, 3]
    with pytest.raises(IntegrityError, match="log: expected 9 entries, found 6"):
        list(log_facts(engine.store, 0, 9, lambda _: True))


def test_a_recorded_fact_has_its_place_and_its_author(engine: Engine) -> None:
    row = do(engine, note(), open_one(engine)).rows[0]
    item = recorded(row)
    assert (item.position, item.stream, item.version) == (row.position, row.stream, row.version)
    assert (item.leaf, item.id, item.type) == (row.leaf_hash.hex(), row.event_id, row.type)
    assert (item.authid, item.authtype, item.authroles) == ("p-commander", "user", ("incident_commander",))
