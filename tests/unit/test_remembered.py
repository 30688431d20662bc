"""What was read of a stream is kept: it grows with the stream, is bounded, and is never somebody else's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from application.engine import Engine
from application.past import NOW, At
from application.reading import RecordedFact, stream_facts
from application.remembered import FOLDS, Remembered
from application.timeline_page import SIZE, TimelineWanted, timeline_page
from domain.timeline.commands import AddTimelineEntry
from tests.support.use_cases import OPEN, do, open_home


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with open_home(home) as opened:
        yield opened


def incident(engine: Engine, *texts: str) -> str:
    """Return an incident with these entries in its timeline."""
    stream = do(engine, OPEN).rows[0].stream
    for text in texts:
        do(engine, AddTimelineEntry(text=text), stream)
    return stream


def size(facts: Sequence[RecordedFact]) -> int:
    return len(facts)


def test_a_stream_that_grew_is_read_on(engine: Engine) -> None:
    stream, kept = incident(engine, "one"), Remembered(engine.store)
    assert kept.facts(stream) == stream_facts(engine.store, stream)
    assert kept.facts(stream) is kept.facts(stream)
    do(engine, AddTimelineEntry(text="two"), stream)
    assert kept.facts(stream) == stream_facts(engine.store, stream)


def test_a_stream_without_facts_has_none_and_has_them_once_it_has(engine: Engine) -> None:
    kept = Remembered(engine.store)
    assert kept.facts("incident-nothing") == ()
    stream = incident(engine)
    assert len(kept.facts(stream)) == 1


def test_of_more_facts_than_there_is_room_for_the_last_ones_asked_for_are_kept(engine: Engine) -> None:
    first, second = incident(engine, "a", "b"), incident(engine, "c", "d")
    kept = Remembered(engine.store, capacity=5)
    before = kept.facts(first)
    kept.facts(second)
    assert kept.facts(second) is kept.facts(second)
    again = kept.facts(first)
    assert again == before
    assert again is not before
    none = Remembered(engine.store, capacity=2)
    assert none.facts(first) == before


def test_a_fold_is_known_again_by_stream_and_version(engine: Engine) -> None:
    stream, other = incident(engine, "one"), incident(engine, "one", "two")
    calls: list[int] = []

    def counted(facts: Sequence[RecordedFact]) -> int:
        calls.append(len(facts))
        return len(facts)

    kept = engine.remembered
    for _ in range(3):
        assert kept.folded(counted, stream, kept.facts(stream)) == 2
        assert kept.folded(counted, other, kept.facts(other)) == 3
        assert kept.folded(counted, stream, kept.facts(stream)[:1]) == 1
        assert kept.folded(size, stream, kept.facts(stream)) == 2
    assert sorted(calls) == [1, 2, 3]


def test_so_many_folds_are_kept_and_no_more(engine: Engine) -> None:
    stream = incident(engine, *("x" * 3 for _ in range(FOLDS)))
    facts, calls = engine.remembered.facts(stream), list[int]()

    def counted(part: Sequence[RecordedFact]) -> int:
        calls.append(len(part))
        return len(part)

    for count in range(1, FOLDS + 2):
        engine.remembered.folded(counted, stream, facts[:count])
    engine.remembered.folded(counted, stream, facts[:1])
    assert calls.count(1) == 2


def test_a_long_timeline_comes_in_parts_the_newest_first(engine: Engine) -> None:
    stream = incident(engine, *(f"entry {n}" for n in range(SIZE + 4)))
    newest = timeline_page(engine, stream, NOW, TimelineWanted())
    oldest = timeline_page(engine, stream, NOW, TimelineWanted(page=2))
    assert (len(newest.entries), newest.page, newest.pages, newest.total) == (SIZE, 1, 2, SIZE + 5)
    assert newest.entries[-1].text.startswith(f"entry {SIZE + 3}")
    assert [entry.version for entry in (*oldest.entries, *newest.entries)] == list(range(1, SIZE + 6))
    assert timeline_page(engine, stream, NOW, TimelineWanted(page=99)).page == 2
    around = timeline_page(engine, stream, NOW, TimelineWanted(show=2))
    assert (around.page, 2 in {entry.version for entry in around.entries}) == (2, True)


def test_a_timeline_is_searched_in_its_sealed_texts(engine: Engine) -> None:
    stream = incident(engine, "The pool is full.", "Nothing new.", "The POOL is bounded.")
    found = timeline_page(engine, stream, NOW, TimelineWanted(find="pool"))
    assert [entry.version for entry in found.entries] == [2, 4]
    assert (found.fitting, found.total) == (2, 4)
    past = timeline_page(engine, stream, At(version=2), TimelineWanted(find="pool"))
    assert [entry.version for entry in past.entries] == [2]
    told = timeline_page(engine, stream, NOW, TimelineWanted(category="decision"), range(3, 4))
    assert (told.entries, [entry.version for entry in told.told]) == ((), [3])
