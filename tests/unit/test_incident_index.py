"""The table behind the list: follows the log, survives crashes and company, and is what a rebuild makes."""

from __future__ import annotations

import sqlite3
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from application import incident_index
from application.engine import Engine
from application.follower import START, Cursor, Follower
from application.incident_index import IncidentIndex
from domain.intake.commands import AttachAlert, DeclareIncident
from ledger.errors import StoreBusy, StoreError
from tests.support.use_cases import (
    an_alert,
    appends,
    deliver,
    do,
    note,
    open_home,
    open_one,
    resolved,
    stream_of,
)

ALERT = stream_of(an_alert())
ATTACH = AttachAlert(alert=ALERT, why="The queue backs up because checkout retries.")


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with open_home(home) as opened:
        yield opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "own-views.db"


@pytest.fixture
def index(path: Path) -> Iterator[IncidentIndex]:
    opened = IncidentIndex(path)
    yield opened
    opened.close()


def a_story(engine: Engine) -> tuple[str, str]:
    """Record two incidents, one of them with an alert that fires and one attached by hand."""
    first = open_one(engine)
    (second,) = deliver(engine, an_alert(pod="a"), an_alert(pod="b"), resolved(pod="b")).incidents
    do(engine, DeclareIncident(rationale="Confirmed by hand."), first)
    do(engine, ATTACH, first)
    do(engine, note(), second)
    return first, second


@pytest.mark.req("R-SVC-07")
def test_rows_are_numbered_in_log_order_and_tell_the_state(engine: Engine) -> None:
    first, second = a_story(engine)
    engine.follower.catch_up()
    one, two = engine.index.rows()
    assert [(row.stream, row.name) for row in (one, two)] == [(first, "INC-1"), (second, "INC-2")]
    assert (one.state, one.firing, one.cleared, one.version) == ("assessing", 1, 0, 6)
    assert (two.state, two.firing, two.cleared, two.version) == ("detecting", 1, 1, 5)
    assert [engine.index.stream(number) for number in (1, 2, 3)] == [first, second, None]
    assert engine.index.row(second) == two
    assert engine.index.row("incident-" + "0" * 32) is None


def test_a_page_of_rows_begins_above_a_number(engine: Engine) -> None:
    streams = [open_one(engine) for _ in range(5)]
    engine.follower.catch_up()
    assert [row.stream for row in engine.index.rows(1, 2)] == streams[1:3]
    assert [row.stream for row in engine.index.rows(4)] == streams[4:]


def test_holders_are_the_incidents_in_which_an_alert_fires(engine: Engine) -> None:
    first, second = a_story(engine)
    engine.follower.catch_up()
    assert set(engine.index.holders(ALERT)) == {first, second}
    assert engine.index.holders(stream_of(an_alert(pod="b"))) == ()
    deliver(engine, resolved())
    engine.follower.catch_up()
    assert engine.index.holders(ALERT) == ()


def test_facts_of_unknown_types_count_as_versions_and_break_nothing(engine: Engine) -> None:
    stream = open_one(engine)
    appends(engine, stream)()
    do(engine, note(), stream)
    engine.follower.catch_up()
    row = engine.index.row(stream)
    assert row is not None
    assert row.version == 3


@pytest.mark.req("R-SVC-07")
@pytest.mark.parametrize("batch", [1, 2, 3, 500])
def test_a_rebuilt_index_equals_the_live_one(
    engine: Engine, index: IncidentIndex, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        a_story(engine)
        engine.follower.catch_up()
    monkeypatch.setattr("application.follower.BATCH", batch)
    assert Follower(engine.store, index).catch_up() == engine.store.head().size
    assert index.rows() == engine.index.rows()
    assert index.holders(ALERT) == engine.index.holders(ALERT)
    assert index.cursor() == engine.index.cursor()


@pytest.mark.req("R-SVC-07")
def test_a_deleted_file_is_made_anew(home: Path) -> None:
    with open_home(home) as engine:
        a_story(engine)
        engine.follower.catch_up()
        before = engine.index.rows()
    for file in home.glob("views.db*"):
        file.unlink()
    with open_home(home) as engine:
        assert engine.index.rows() == ()
        assert engine.follower.lag() == engine.store.head().size
        engine.follower.catch_up()
        assert engine.index.rows() == before
        assert engine.follower.lag() == 0


@pytest.mark.req("R-SVC-07")
@pytest.mark.parametrize("change", [1, -1])
def test_another_version_of_the_fold_starts_over(
    engine: Engine, path: Path, monkeypatch: pytest.MonkeyPatch, change: int
) -> None:
    a_story(engine)
    old = IncidentIndex(path)
    Follower(engine.store, old).catch_up()
    before = old.rows()
    old.close()
    monkeypatch.setattr(incident_index, "VERSION", incident_index.VERSION + change)
    new = IncidentIndex(path)
    assert (new.cursor(), new.rows()) == (START, ())
    Follower(engine.store, new).catch_up()
    assert new.rows() == before
    new.close()


def engine_rows(engine: Engine) -> object:
    engine.follower.catch_up()
    return engine.index.rows()


def test_a_program_of_an_older_version_leaves_the_newer_ones_tables_alone(
    engine: Engine, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_story(engine)
    old = IncidentIndex(path)
    with monkeypatch.context() as newer:
        newer.setattr(incident_index, "VERSION", incident_index.VERSION + 1)
        IncidentIndex(path).close()
    with pytest.raises(StoreError, match="another program keeps it now"):
        Follower(engine.store, old).catch_up()
    old.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT size FROM follower").fetchone() == (0,)
    connection.close()


def test_a_file_of_the_first_days_is_made_anew(engine: Engine, path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE follower (name TEXT PRIMARY KEY, version INTEGER, position INTEGER)")
        connection.execute("CREATE TABLE incident (number INTEGER)")
    connection.close()
    index = IncidentIndex(path)
    assert (index.position(), index.rows()) == (0, ())
    index.close()


def test_a_file_that_is_no_database_says_so(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match=path.name):
        IncidentIndex(path)


def test_nobody_else_may_read_the_file(index: IncidentIndex, path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_batch_is_applied_whole_or_not_at_all(
    engine: Engine, index: IncidentIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_story(engine)
    follower = Follower(engine.store, index)
    with monkeypatch.context() as broken:
        broken.setattr(incident_index, "_write", lambda *_: (_ for _ in ()).throw(StoreError("disk")))
        with pytest.raises(StoreError):
            follower.catch_up()
    assert (index.cursor(), index.rows()) == (START, ())
    follower.catch_up()
    assert index.rows() == engine_rows(engine)


def test_repeating_a_batch_after_a_crash_changes_nothing(engine: Engine, index: IncidentIndex) -> None:
    a_story(engine)
    Follower(engine.store, index).catch_up()
    before, reached = index.rows(), index.cursor()
    assert not index.apply((), START, Cursor(1, "ab"))
    assert (index.rows(), index.cursor()) == (before, reached)


def test_a_log_that_was_replaced_is_followed_from_its_beginning(
    home: Path, tmp_path: Path, index: IncidentIndex
) -> None:
    with open_home(home) as engine:
        a_story(engine)
        open_one(engine)
        Follower(engine.store, index).catch_up()
    with open_home(tmp_path / "restored") as engine:
        open_one(engine)
        Follower(engine.store, index).catch_up()
        assert index.rows() == engine_rows(engine)
        for _ in range(40):
            open_one(engine)
        Follower(engine.store, index).catch_up()
        assert index.rows() == engine_rows(engine)


def test_readers_never_wait_for_a_batch(engine: Engine, index: IncidentIndex) -> None:
    a_story(engine)
    Follower(engine.store, index).catch_up()
    with index._transaction() as connection:
        connection.execute("DELETE FROM incident")
        with ThreadPoolExecutor(1) as pool:
            assert len(pool.submit(index.rows).result(5)) == 2
            assert pool.submit(index.position).result(5) == engine.store.head().size


def test_threads_may_follow_and_read_at_once(engine: Engine) -> None:
    streams: list[str] = []
    stop = threading.Event()

    def follow() -> None:
        while not stop.is_set():
            engine.follower.catch_up()

    def read() -> None:
        while not stop.is_set():
            names = [row.name for row in engine.index.rows()]
            assert names == [f"INC-{n + 1}" for n in range(len(names))]

    with ThreadPoolExecutor(4) as pool:
        loops = [pool.submit(work) for work in (follow, follow, read, read)]
        streams.extend(open_one(engine) for _ in range(40))
        stop.set()
        for loop in loops:
            loop.result()
    engine.follower.catch_up()
    assert [row.stream for row in engine.index.rows()] == streams


def test_two_processes_may_keep_one_file(engine: Engine, path: Path) -> None:
    for _ in range(3):
        a_story(engine)
    ours, theirs = IncidentIndex(path), IncidentIndex(path)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda index: Follower(engine.store, index).catch_up(), (ours, theirs)))
    assert ours.rows() == theirs.rows() == engine_rows(engine)
    ours.close()
    theirs.close()


def test_a_new_file_may_be_opened_by_many_at_once(tmp_path: Path) -> None:
    for attempt in range(20):
        path = tmp_path / f"{attempt}.db"
        with ThreadPoolExecutor(4) as pool:
            opened = list(pool.map(lambda _, path=path: IncidentIndex(path), range(4)))
        assert [index.cursor() for index in opened] == [START] * 4
        for index in opened:
            index.close()


def test_whoever_finds_the_position_moved_goes_on_from_there(
    engine: Engine, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.follower.BATCH", 2)
    a_story(engine)
    ours, theirs = IncidentIndex(path), IncidentIndex(path)
    apply, moved = ours.apply, list[int]()

    def late(*batch: object) -> bool:
        if not moved:
            moved.append(Follower(engine.store, theirs).catch_up())
        return apply(*batch)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(ours, "apply", late)
    assert Follower(engine.store, ours).catch_up() == engine.store.head().size
    assert ours.rows() == engine_rows(engine)
    ours.close()
    theirs.close()


def test_a_file_that_another_program_locks_is_reported(
    engine: Engine, index: IncidentIndex, path: Path
) -> None:
    a_story(engine)
    index._writing.execute("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy):
        Follower(engine.store, index).catch_up()
    other.execute("ROLLBACK")
    other.close()
    Follower(engine.store, index).catch_up()
    assert index.rows() == engine_rows(engine)


def test_a_row_reads_back_as_it_was_written(engine: Engine) -> None:
    a_story(engine)
    engine.follower.catch_up()
    for row in engine.index.rows():
        assert msgspec.json.decode(msgspec.json.encode(row), type=type(row)) == row
