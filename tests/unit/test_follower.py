"""Followers: every entry once, in order, whatever fails on the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from application import follower as module
from application.engine import Engine
from application.follower import START, Cursor, Follower, run_follower
from application.reading import RecordedFact, recorded
from ledger.errors import IntegrityError, StoreError
from ledger.store.contract import Row
from tests.support.use_cases import an_alert, deliver, open_home, open_one


class Noting:
    """A projection in memory that notes positions, and fails where it is told to."""

    name = "noting"

    def __init__(self) -> None:
        self.positions: list[int] = []
        self.reached = START
        self.fails_at: int | None = None
        self.error: Exception = ValueError("a fact it cannot bear")
        self.batches: list[int] = []

    def concerns(self, stream: str) -> bool:
        return stream != "keys"

    def cursor(self) -> Cursor:
        return self.reached

    def apply(self, facts: Sequence[RecordedFact], before: Cursor, after: Cursor) -> bool:
        assert before == self.reached
        self.batches.append(after.size - before.size)
        if any(fact.position == self.fails_at for fact in facts):
            raise self.error
        self.positions += [fact.position for fact in facts]
        self.reached = after
        return True

    def start_over(self) -> None:
        self.positions, self.reached = [], START


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with open_home(home) as opened:
        yield opened


@pytest.fixture
def noting() -> Noting:
    return Noting()


def test_every_entry_is_applied_once_in_order(
    engine: Engine, noting: Noting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 3)
    follower = Follower(engine.store, noting)
    for _ in range(3):
        deliver(engine, an_alert())
        size = engine.store.head().size
        assert follower.catch_up() == size
        assert follower.lag() == 0
    assert noting.positions == list(range(1, size))
    assert max(noting.batches) == 3


def test_lag_is_what_is_committed_and_not_applied(engine: Engine, noting: Noting) -> None:
    follower = Follower(engine.store, noting)
    assert follower.lag() == engine.store.head().size
    follower.catch_up()
    open_one(engine)
    assert follower.lag() == 1


def test_an_entry_at_fault_holds_up_what_comes_after_it_only(engine: Engine, noting: Noting) -> None:
    for _ in range(10):
        open_one(engine)
    noting.fails_at = 7
    follower = Follower(engine.store, noting)
    with pytest.raises(ValueError, match="cannot bear"):
        follower.catch_up()
    assert noting.positions == list(range(1, 7))
    noting.fails_at = None
    follower.catch_up()
    assert noting.positions == list(range(1, 11))


def test_a_row_that_does_not_hold_is_reported_by_its_position(
    engine: Engine, noting: Noting, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        open_one(engine)

    def spoilt(row: Row) -> RecordedFact:
        fact = recorded(row)
        if fact.position == 3:
            raise IntegrityError("entry 3", "what was signed", "another")
        return fact

    monkeypatch.setattr(module, "recorded", spoilt)
    with pytest.raises(IntegrityError, match="entry 3"):
        Follower(engine.store, noting).catch_up()
    assert noting.positions == [1, 2]


def test_a_store_that_fails_is_not_asked_in_smaller_pieces(engine: Engine, noting: Noting) -> None:
    for _ in range(4):
        open_one(engine)
    noting.fails_at, noting.error = 3, StoreError("busy")
    with pytest.raises(StoreError):
        Follower(engine.store, noting).catch_up()
    assert len(noting.batches) == 1


def test_a_stopped_follower_stops_between_batches(
    engine: Engine, noting: Noting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 1)
    for _ in range(4):
        open_one(engine)
    stop = threading.Event()
    apply = noting.apply

    def one_more(facts: Sequence[RecordedFact], before: Cursor, after: Cursor) -> bool:
        if len(noting.positions) == 2:
            stop.set()
        return apply(facts, before, after)

    monkeypatch.setattr(noting, "apply", one_more)
    assert Follower(engine.store, noting).catch_up(stop) == 4
    assert noting.positions == [1, 2, 3]


def test_entries_of_another_log_are_forgotten(engine: Engine, noting: Noting) -> None:
    noting.reached, noting.positions = Cursor(1, "ab" * 32), [99]
    open_one(engine)
    Follower(engine.store, noting).catch_up()
    assert noting.positions == [1]


def test_entries_that_the_log_lost_are_forgotten(engine: Engine, noting: Noting) -> None:
    noting.reached, noting.positions = Cursor(500, "ab" * 32), [99]
    open_one(engine)
    assert Follower(engine.store, noting).catch_up() == 2
    assert noting.positions == [1]


def _until(holds: threading.Event) -> None:
    assert holds.wait(20)


def test_a_running_follower_keeps_up_and_ends_when_told(engine: Engine, noting: Noting) -> None:
    stop, there = threading.Event(), threading.Event()
    apply = noting.apply

    def seen(facts: Sequence[RecordedFact], before: Cursor, after: Cursor) -> bool:
        done = apply(facts, before, after)
        if after.size == 3:
            there.set()
        return done

    noting.apply = seen  # type: ignore[method-assign]  # watched
    follower = Follower(engine.store, noting)
    thread = threading.Thread(target=run_follower, args=(follower, engine.commits, stop))
    thread.start()
    open_one(engine)
    open_one(engine)
    _until(there)
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
    assert noting.positions == [1, 2]


def test_what_another_process_appends_is_noticed_within_seconds(
    engine: Engine, home: Path, noting: Noting
) -> None:
    stop = threading.Event()
    follower = Follower(engine.store, noting)
    thread = threading.Thread(target=run_follower, args=(follower, engine.commits, stop))
    thread.start()
    with open_home(home) as other:
        open_one(other)
    deadline = time.monotonic() + 20
    while noting.positions != [1] and time.monotonic() < deadline:
        time.sleep(0.02)
    stop.set()
    thread.join(20)
    assert noting.positions == [1]


@pytest.mark.parametrize("error", [StoreError("disk"), KeyError("a mistake of ours")])
def test_a_running_follower_survives_errors_and_reports_them(
    engine: Engine, noting: Noting, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.01)
    open_one(engine)
    noting.fails_at, noting.error = 1, error
    stop, reported = threading.Event(), threading.Event()
    found: list[Exception] = []

    def on_error(e: Exception) -> None:
        found.append(e)
        if len(found) == 2:
            noting.fails_at = None
            reported.set()

    follower = Follower(engine.store, noting)
    thread = threading.Thread(
        target=run_follower, args=(follower, engine.commits, stop), kwargs={"on_error": on_error}
    )
    thread.start()
    _until(reported)
    deadline = time.monotonic() + 20
    while noting.positions != [1] and time.monotonic() < deadline:
        time.sleep(0.01)
    stop.set()
    thread.join(20)
    assert noting.positions == [1]
    assert found[:2] == [error, error]
