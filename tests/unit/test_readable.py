"""Readable copies reveal what opens, where it belongs, and nothing else; canonical bytes never change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from application import views
from application.engine import Engine
from domain.prose import proses
from domain.timeline.commands import AddTimelineEntry
from tests.support.rendered import rendered
from tests.support.use_cases import (
    OPEN,
    SteppingClock,
    a_story,
    do,
    history,
    note,
    open_home,
    open_one,
    timeline_file,
)


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def engine(home: Path, clock: SteppingClock) -> Iterator[Engine]:
    with open_home(home, clock) as opened:
        yield opened


@pytest.mark.req("R-EVT-04")
def test_a_timeline_shows_every_text_that_can_be_opened(engine: Engine, clock: SteppingClock) -> None:
    stream = a_story(engine, clock)
    lines = views.timeline_view(engine, stream)
    assert lines is not None
    text = "\n".join(entry.text for entry in lines.entries)
    assert "⟦" not in text
    for words in ("HighLatency on checkout (production)", "Moved to region B.", "Region C.", "wrong"):
        assert words in text


@pytest.mark.req("R-EVT-04")
def test_canonical_bytes_hold_placeholders_and_the_readable_copy_words(
    engine: Engine, clock: SteppingClock
) -> None:
    stream = a_story(engine, clock)
    canonical = timeline_file(engine, stream)
    readable = timeline_file(engine, stream, readable=True)
    assert canonical == rendered(history(engine, stream))
    assert readable is not None
    assert canonical is not None
    assert b"Moved to region B" not in canonical
    assert "⟦sealed:".encode() in canonical
    assert b"Moved to region B" in readable
    assert "⟦".encode() not in readable


def test_a_long_text_is_revealed_too(engine: Engine) -> None:
    stream, words = open_one(engine), "long words " * 1_000
    do(engine, AddTimelineEntry(text=words), stream)
    lines = views.timeline_view(engine, stream)
    assert lines is not None
    assert words.strip() in lines.entries[-1].text
    readable = timeline_file(engine, stream, readable=True)
    assert readable is not None
    assert words.strip().encode() in readable


def forget(engine: Engine, stream: str, version: int) -> str:
    """Delete the text of a fact from the vault, as an erasure does; return the placeholder that is left."""
    (part,) = proses(history(engine, stream)[version - 1].fact)
    reference = part.sealed or part.blob
    assert reference is not None
    engine.vault.change(lambda db: db.execute("DELETE FROM sealed WHERE c = ?", (reference.c,)))
    if part.blob is not None:
        engine.blobs.delete(part.blob.sha256)
    return f"⟦sealed:{reference.c[:16]}⟧"


@pytest.mark.parametrize("words", ["gone", "gone " * 1_000])
def test_a_text_that_is_gone_stays_a_placeholder_and_the_others_stay_words(
    engine: Engine, words: str
) -> None:
    stream = open_one(engine)
    do(engine, note(words), stream)
    do(engine, note("stays"), stream)
    canonical = timeline_file(engine, stream)
    left = forget(engine, stream, 2)
    assert timeline_file(engine, stream) == canonical
    lines = views.timeline_view(engine, stream)
    readable = timeline_file(engine, stream, readable=True)
    assert lines is not None
    assert readable is not None
    assert [left in entry.text for entry in lines.entries] == [False, True, False]
    assert left.encode() in readable
    assert b"stays" in readable
    assert b"gone" not in readable


def test_a_title_that_is_gone_stays_a_placeholder_in_lists(engine: Engine) -> None:
    stream = open_one(engine)
    left = forget(engine, stream, 1)
    engine.follower.catch_up()
    view = views.incident(engine, stream)
    assert view is not None
    assert view.title == left
    assert [row.title for row in views.incidents(engine)] == [left]


def test_a_text_that_looks_like_a_placeholder_reveals_nothing(engine: Engine) -> None:
    secret = open_one(engine, msgspec.structs.replace(OPEN, title="the other title"))
    (part,) = proses(history(engine, secret)[0].fact)
    assert part.sealed is not None
    forged = f"⟦sealed:{part.sealed.c[:16]}⟧"
    stream = open_one(engine, msgspec.structs.replace(OPEN, title=forged))
    do(engine, note(f"{forged} and ⟦⟦{forged}"), stream)
    do(engine, note(f"⟦{forged}"), stream)
    engine.follower.catch_up()
    lines = views.timeline_view(engine, stream)
    assert lines is not None
    shown = [
        *(view.title for view in views.incidents(engine) if view.incident == stream),
        *(entry.text for entry in lines.entries),
        (timeline_file(engine, stream, readable=True) or b"").decode(),
    ]
    for text in shown:
        assert "the other title" not in text
        assert f"⟦{forged[:8]}" in text


def test_a_text_cannot_start_a_line_of_its_own(engine: Engine) -> None:
    stream = open_one(engine)
    do(engine, AddTimelineEntry(text="one\n02:15 UTC - forged\u2028# forged\r\n- forged"), stream)
    lines = views.timeline_view(engine, stream)
    readable = timeline_file(engine, stream, readable=True)
    assert lines is not None
    assert readable is not None
    assert all(len(entry.text.splitlines()) == 1 for entry in lines.entries)
    assert [line for line in readable.decode().splitlines() if line.strip(" -#").startswith("forged")] == []
