"""Remembered heads are trusted only while the log is as this process left it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.chain import empty_stream
from ledger.recent import RecentHeads
from ledger.store.contract import Head, StreamHead
from ledger.store.sqlite import SqliteStore
from tests.support.ledgers import ORIGIN, note
from tests.support.stores import grow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


class Asked(SqliteStore):
    """A store that notes for which streams it was asked."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.asked: list[tuple[str, ...]] = []

    def stream_heads(self, streams: Sequence[str]) -> Mapping[str, StreamHead]:
        self.asked.append(tuple(streams))
        return super().stream_heads(streams)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Asked]:
    store = Asked(tmp_path / "ledger.db")
    grow(store, note("s", 2))
    grow(store, note("t"))
    store.asked.clear()
    yield store
    store.close()


def certain(recent: RecentHeads, store: Asked, *streams: str) -> Mapping[str, StreamHead]:
    with store.transaction() as tx:
        return recent.certain(tx.head(), streams, tx)


def test_an_unknown_stream_is_looked_up_and_an_empty_one_begins_with_its_genesis(store: Asked) -> None:
    recent = RecentHeads(store, ORIGIN)
    guesses = recent.guesses(["s", "new"])
    assert guesses["s"].version == 2
    assert guesses["new"] == empty_stream(ORIGIN, "new")
    assert store.asked == [("s", "new")]


def test_what_was_committed_is_not_looked_up_again(store: Asked) -> None:
    recent = RecentHeads(store, ORIGIN)
    head = StreamHead(9, "ab", "now")
    recent.moved(store.head(), {"s": head})
    assert recent.guesses(["s"]) == {"s": head}
    assert certain(recent, store, "s") == {"s": head}
    assert store.asked == []


def test_when_others_have_written_everything_is_read_again(store: Asked) -> None:
    recent = RecentHeads(store, ORIGIN)
    recent.moved(store.head(), {"s": StreamHead(2, "ab", "now"), "t": StreamHead(1, "cd", "now")})
    grow(store, note("s"))
    recent.guesses(["s"])
    assert certain(recent, store, "s")["s"].version == 3
    # The other stream is no longer trusted either.
    store.asked.clear()
    assert recent.guesses(["t"])["t"].leaf != "cd"
    assert store.asked == [("t",)]


def test_a_log_of_the_same_size_with_another_root_is_not_the_one_remembered(store: Asked) -> None:
    recent = RecentHeads(store, ORIGIN)
    head = store.head()
    recent.moved(Head(head.size, b"\x07" * 32, head.frontier, -1), {"s": StreamHead(9, "ab", "now")})
    recent.guesses(["s"])
    assert certain(recent, store, "s")["s"].version == 2


def test_only_so_many_streams_are_remembered_and_the_oldest_is_forgotten_first(store: Asked) -> None:
    recent = RecentHeads(store, ORIGIN, capacity=2)
    heads = {name: StreamHead(1, name, "now") for name in ("a", "b", "c")}
    recent.moved(store.head(), {"a": heads["a"], "b": heads["b"]})
    recent.moved(store.head(), {"a": heads["a"]})
    recent.moved(store.head(), {"c": heads["c"]})
    recent.guesses(["a", "b", "c"])
    assert store.asked == [("b",)]
