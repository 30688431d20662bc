"""Facts of incidents are read once, what came since each time, and no more are kept than have room."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from application.engine import Engine
from application.reading import stream_facts
from application.reels import Reels
from ledger.store.contract import Row
from tests.support.use_cases import do, note, open_home, open_one


class Counting:
    """The store of an engine, counting the entries that are read from it."""

    def __init__(self, engine: Engine) -> None:
        self._store, self.read = engine.store, 0

    def stream_rows(self, stream: str, after: int = 0, limit: int = -1) -> list[Row]:
        rows = list(self._store.stream_rows(stream, after, limit))
        self.read += len(rows)
        return rows


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with open_home(home) as opened:
        yield opened


def test_facts_are_read_once_and_are_those_of_the_log(engine: Engine) -> None:
    stream, store, reels = open_one(engine), Counting(engine), Reels()
    first = reels.facts(store, stream)
    assert first == stream_facts(engine.store, stream)
    do(engine, note(), stream)
    again = reels.facts(store, stream)
    assert again == stream_facts(engine.store, stream)
    assert len(again) == len(first) + 1
    assert store.read == len(again)


def test_no_more_is_kept_than_there_is_room_for(engine: Engine) -> None:
    streams = [open_one(engine) for _ in range(3)]
    length = len(stream_facts(engine.store, streams[0]))
    store, reels = Counting(engine), Reels(capacity=2 * length)
    for stream in (*streams, streams[0]):
        assert reels.facts(store, stream) == stream_facts(engine.store, stream)
    assert store.read == 4 * length, "the first had to make room"
    reels.facts(store, streams[2])
    assert store.read == 4 * length, "the last is kept"


def test_what_is_longer_than_all_room_is_read_each_time(engine: Engine) -> None:
    stream, store, reels = open_one(engine), Counting(engine), Reels(capacity=1)
    do(engine, note(), stream)
    for _ in range(2):
        assert reels.facts(store, stream) == stream_facts(engine.store, stream)


def test_a_stream_without_facts_is_none(engine: Engine) -> None:
    assert Reels().facts(engine.store, "incident-" + "0" * 32) == ()
