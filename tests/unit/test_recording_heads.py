"""Heads facts state the truth about every stream, when it is wanted and otherwise once a day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from application.engine import Engine
from application.heads import heads_fact, newest_heads, record_daily_heads, record_heads, tree_of_heads
from application.steps import run
from domain.heads_facts import HeadsRecorded
from ledger.append import AppendRequest, Part
from ledger.errors import IntegrityError
from ledger.heads import STREAM, HeadRecord, heads_tree
from tests.support.ledgers import draft
from tests.support.use_cases import SteppingClock, do, note, open_home, open_one, whole_log


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def engine(home: Path, clock: SteppingClock) -> Iterator[Engine]:
    with open_home(home, clock) as opened:
        yield opened


def stated(engine: Engine) -> list[tuple[int, int]]:
    """Return size and position of each heads fact."""
    return [(f.fact.size, f.position) for f in whole_log(engine) if isinstance(f.fact, HeadsRecorded)]


def by_hand(engine: Engine, size: int) -> list[HeadRecord]:
    """Return the newest entry of each stream, found by reading everything."""
    rows = engine.store.rows(0, size)
    newest = {row.stream: HeadRecord(row.stream, row.version, row.leaf_hash.hex()) for row in rows}
    return [newest[stream] for stream in sorted(newest)]


@pytest.mark.req("R-SVC-05")
def test_heads_are_those_of_every_stream_at_that_size(engine: Engine) -> None:
    stream = open_one(engine)
    run(record_heads(engine))
    do(engine, note("later"), stream)
    size = engine.store.head().size

    for asked in range(size + 1):
        records = by_hand(engine, asked)
        expected = heads_tree(records)
        assert heads_fact(engine.store, asked) == HeadsRecorded(
            size=asked, streams=len(records), root=expected.root.hex()
        )
    (proven,) = tree_of_heads(engine.store, size, {stream}).proven
    assert proven.record == next(record for record in by_hand(engine, size) if record.stream == stream)


@pytest.mark.req("R-SVC-05")
def test_heads_are_stated_again_only_when_the_log_grew(engine: Engine) -> None:
    open_one(engine)
    size = engine.store.head().size
    run(record_heads(engine))
    run(record_heads(engine))
    assert stated(engine) == [(size, size)]

    open_one(engine)
    grown = engine.store.head().size
    run(record_heads(engine))
    assert stated(engine) == [(size, size), (grown, grown)]


def test_the_newest_heads_below_a_checkpoint_are_found(engine: Engine) -> None:
    assert newest_heads(engine.store, engine.store.head().size) is None
    for _ in range(3):
        open_one(engine)
        run(record_heads(engine))
    sizes = [position for _, position in stated(engine)]

    for below, position in zip([None, *sizes], sizes, strict=False):
        found = newest_heads(engine.store, position)
        assert (found and found.position) == below
    last = newest_heads(engine.store, engine.store.head().size)
    assert last is not None
    assert (last.position, last.version) == (sizes[-1], 3)


def test_sizes_ascend_although_somebody_states_heads_meanwhile(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_one(engine)
    meanwhile: Iterator[Callable[[], object]] = iter(
        [lambda: run(record_heads(engine)), lambda: open_one(engine)]
    )

    def disturbed(store: Engine, size: int) -> HeadsRecorded:
        fact = heads_fact(engine.store, size)
        if (disturb := next(meanwhile, None)) is not None:
            disturb()
        return fact

    monkeypatch.setattr("application.heads.heads_fact", disturbed)
    run(record_heads(engine))
    found = stated(engine)

    assert found == sorted(found)
    assert all(size <= position for size, position in found)
    assert found[-1][0] >= found[-2][1]


def test_heads_are_stated_once_a_day(engine: Engine, clock: SteppingClock) -> None:
    for expected, hours in ((1, 0), (1, 23), (2, 2), (2, 12)):
        clock.forward(hours=hours)
        open_one(engine)
        run(record_daily_heads(engine))
        assert len(stated(engine)) == expected
    # Nothing happened for a week: nothing to state.
    run(record_heads(engine))
    size = engine.store.head().size
    clock.forward(days=7)
    run(record_daily_heads(engine))
    assert engine.store.head().size == size


def test_a_row_that_does_not_hold_is_never_stated(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    (row,) = engine.store.rows(0, 1)
    monkeypatch.setattr(type(engine.store), "newest_rows", lambda *_: [replace(row, version=2)])
    with pytest.raises(IntegrityError, match="column version"):
        heads_fact(engine.store, 1)


def test_another_fact_in_this_stream_is_an_error(engine: Engine) -> None:
    engine.writer.append(AppendRequest((Part(STREAM, None, (draft({"n": 1}),)),)))
    with pytest.raises(IntegrityError, match="expected heads of streams"):
        newest_heads(engine.store, engine.store.head().size)
