"""From decided facts to the log: sealed, stored, then appended, in this order and whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from application.datakeys import DataKeyMoved
from application.engine import Engine
from application.recording import SEALING_ATTEMPTS, Decided, Item, Recording, record
from application.steps import run
from application.unsealing import open_values
from domain.prose import prose, proses
from domain.timeline.facts import TimelineEntryRecorded
from ledger.append import Receipt
from ledger.errors import VersionConflict
from tests.support.meaning import COMMANDER
from tests.support.use_cases import an_alert, deliver, do, history, note, open_home, open_one, whole_log

STREAM = "incident-" + "0" * 32


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with open_home(home) as opened:
        yield opened


def an_item(engine: Engine, text: str = "words", **fields: Any) -> Item:
    entry = TimelineEntryRecorded(entry_id=engine.new_id(), category="note", text=prose(text))
    return Item(fact=entry, id=engine.new_id(), **fields)


def recorded(engine: Engine, *parts: Decided) -> Receipt:
    recording = Recording(parts=parts, principal=COMMANDER, roles=("b", "a"), now=engine.clock())
    return run(record(engine, recording))


def test_an_item_becomes_an_event_with_its_id_its_cause_and_its_incident(engine: Engine) -> None:
    item = an_item(engine, cause=engine.new_id(), incident="incident-x")
    recorded(engine, Decided(stream=STREAM, version=0, items=(item,)))
    (found,) = history(engine, STREAM)
    assert (found.id, found.causationid, found.correlationid) == (item.id, item.cause, "incident-x")
    assert (found.authid, found.authtype, found.authroles) == ("p-commander", "user", ("a", "b"))


def test_parts_are_recorded_together_in_their_order_or_not_at_all(engine: Engine) -> None:
    first = Decided(stream=STREAM, version=0, items=(an_item(engine), an_item(engine)))
    second = Decided(stream="alert-x", version=0, items=(an_item(engine),))
    receipt = recorded(engine, first, second)
    assert [(row.stream, row.version) for row in receipt.rows] == [(STREAM, 1), (STREAM, 2), ("alert-x", 1)]
    stale = Decided(stream=STREAM, version=1, items=(an_item(engine),))
    with pytest.raises(VersionConflict):
        recorded(engine, Decided(stream="alert-x", version=1, items=(an_item(engine),)), stale)
    assert len(history(engine, "alert-x")) == 1


def test_a_part_without_facts_only_demands_its_version(engine: Engine) -> None:
    recorded(engine, Decided(stream=STREAM, version=0, items=(an_item(engine),)))
    watched = Decided(stream=STREAM, version=1, items=())
    receipt = recorded(engine, watched, Decided(stream="alert-x", version=0, items=(an_item(engine),)))
    assert [row.stream for row in receipt.rows] == ["alert-x"]
    do(engine, note(), open_one(engine))
    recorded(engine, Decided(stream=STREAM, version=1, items=(an_item(engine),)))
    with pytest.raises(VersionConflict) as caught:
        recorded(engine, watched, Decided(stream="alert-x", version=1, items=(an_item(engine),)))
    assert (caught.value.stream, caught.value.found) == (STREAM, 2)


def overtaken(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, overtake: Callable[[], object], times: int
) -> list[int]:
    """Let another process be first with the keys of streams, ``times`` times; return how often it was."""
    submit, met = engine.vault.submit, [0]

    def late(*arguments: Any) -> Future[None]:
        if met[0] < times:
            met[0] += 1
            overtake()
        return submit(*arguments)

    monkeypatch.setattr(engine.vault, "submit", late)
    return met


def test_where_another_process_was_first_with_a_key_the_fact_is_sealed_again(
    engine: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_home(home) as other:
        part = Decided(stream=STREAM, version=None, items=(an_item(engine, "ours"),))
        theirs = Decided(stream=STREAM, version=None, items=(an_item(engine, "theirs"),))
        met = overtaken(engine, monkeypatch, lambda: recorded(other, theirs), 1)
        recorded(engine, part)
    refs = [ref for item in history(engine, STREAM) for p in proses(item.fact) if (ref := p.sealed)]
    assert met == [1]
    assert len({ref.kid for ref in refs}) == 1
    assert set(open_values(refs, engine.vault, engine.blobs).values()) == {"theirs", "ours"}


def test_a_race_for_keys_that_never_ends_is_given_up_with_nothing_recorded(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def erased() -> None:
        engine.vault.change(lambda db: db.execute("DELETE FROM sealed"))
        engine.vault.change(lambda db: db.execute("DELETE FROM data_key"))

    recorded(engine, Decided(stream=STREAM, version=None, items=(an_item(engine),)))
    size = engine.store.head().size
    taken: list[DataKeyMoved] = []

    def always(*_: Any) -> Future[None]:
        erased()
        future: Future[None] = Future()
        taken.append(DataKeyMoved(engine.vault.data_key(STREAM)))
        future.set_exception(taken[-1])
        return future

    monkeypatch.setattr(engine.vault, "submit", always)
    with pytest.raises(DataKeyMoved):
        recorded(engine, Decided(stream=STREAM, version=None, items=(an_item(engine),)))
    assert len(taken) == SEALING_ATTEMPTS
    assert engine.store.head().size == size


def test_many_keys_that_moved_at_once_cost_one_more_attempt(
    engine: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alerts = [an_alert(pod=str(n)) for n in range(30)]
    with open_home(home) as other:
        met = overtaken(engine, monkeypatch, lambda: deliver(other, *alerts), 1)
        told = deliver(engine, *alerts)
    assert (met, told.received, told.duplicates) == ([1], 0, 30)
    assert len(whole_log(engine)) == 2 + 30 + 1 + 30 + 30
