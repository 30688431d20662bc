"""Tidying up: what the log names stays, what a crash left behind goes, keys of requests go after a month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from application.engine import Engine
from application.tidying import referenced
from application.unsealing import open_content, open_values
from domain.prose import BlobRef, SealedRef, proses
from domain.recorded import UnknownFact
from domain.source_facts import DeliveryReceived
from ledger.append import AppendRequest, Draft, Part
from ledger.canonical import Json
from ledger.errors import StoreError
from ledger.store.contract import Row
from tallystick.housekeeping import tidy
from tests.support.use_cases import (
    OPEN,
    SteppingClock,
    an_alert,
    ask,
    deliver,
    do,
    note,
    open_home,
    open_one,
    whole_log,
)


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def engine(home: Path, clock: SteppingClock) -> Iterator[Engine]:
    with open_home(home, clock) as opened:
        opened.vault._clock = clock
        yield opened


def references(engine: Engine) -> list[SealedRef | BlobRef]:
    """Return what the facts of the log refer to."""
    facts = (item.fact for item in whole_log(engine) if not isinstance(item.fact, UnknownFact))
    parts = (part for fact in facts for part in proses(fact))
    return [ref for part in parts if (ref := part.sealed or part.blob) is not None]


def rows(engine: Engine) -> set[str]:
    return {c for (c,) in engine.vault.select("SELECT c FROM sealed")}


def files(home: Path) -> set[str]:
    return {path.name for path in (home / "blobs" / "sha256").rglob("*") if path.is_file()}


def a_log(engine: Engine, clock: SteppingClock) -> None:
    for hour in range(4):
        stream = open_one(engine)
        do(engine, note("long words " * (1 + hour * 300)), stream)
        deliver(engine, an_alert(annotations={"summary": "x" * hour * 3_000}))
        clock.forward(hours=1)


def test_every_commitment_of_the_log_is_found(engine: Engine, clock: SteppingClock) -> None:
    a_log(engine, clock)
    named = {ref.c for ref in references(engine)}
    assert len(named) > 20
    assert named == rows(engine)
    assert referenced(engine.store, named | {"ab" * 32}, 0) == named


def test_only_entries_from_the_given_position_on_are_read(engine: Engine, clock: SteppingClock) -> None:
    a_log(engine, clock)
    size = engine.store.head().size
    stream = open_one(engine)
    old = {ref.c for ref in references(engine)}
    assert len(referenced(engine.store, old, size)) == 1
    assert referenced(engine.store, old, size + 1) == set()
    assert stream


def test_reading_ends_with_the_last_that_is_looked_for(
    engine: Engine, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = open_one(engine)
    named = {ref.c for ref in references(engine)}
    a_log(engine, clock)
    read: list[int] = []
    real = engine.store.rows

    def noted(at: int, count: int) -> Sequence[Row]:
        read.append(at)
        return real(at, count)

    monkeypatch.setattr("application.reading.BATCH", 1)
    monkeypatch.setattr(engine.store, "rows", noted)
    assert referenced(engine.store, named, 1) == named
    assert len(read) <= 2
    assert first


def test_facts_of_unknown_types_keep_their_values(engine: Engine) -> None:
    reference: Json = {"sealed": {"c": "ab" * 32, "kid": "cd" * 16}}
    draft = Draft(
        id=engine.new_id(),
        type="tallystick.from-the-future.v1",
        time="2026-03-01T02:15:00.000000Z",
        authtype="system",
        authid="p-elsewhere",
        authroles=(),
        data={"parts": [{"deep": reference}]},
    )
    engine.writer.append(AppendRequest((Part("incident-x", None, (draft,)),)))
    assert referenced(engine.store, {"ab" * 32}, 0) == {"ab" * 32}


def leave_orphans(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Crash between the vault and the log."""
    with monkeypatch.context() as crash:
        crash.setattr(engine.writer, "submit", lambda _: (_ for _ in ()).throw(StoreError("crashed")))
        with pytest.raises(StoreError):
            ask(engine, OPEN)
        with pytest.raises(StoreError):
            deliver(engine, an_alert())


def test_what_a_crash_between_vault_and_log_left_goes_after_a_day(
    engine: Engine, clock: SteppingClock, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_log(engine, clock)
    kept_rows, kept_files = rows(engine), files(home)
    leave_orphans(engine, monkeypatch)
    assert rows(engine) > kept_rows
    assert files(home) > kept_files
    a_log(engine, clock)
    clock.forward(hours=18)
    tidy(engine)
    assert len(rows(engine)) > len({ref.c for ref in references(engine)})
    clock.forward(hours=4)
    tidy(engine)
    assert rows(engine) == {ref.c for ref in references(engine)}
    assert files(home) >= kept_files


def test_everything_that_the_log_names_still_opens_after_tidying(
    engine: Engine, clock: SteppingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        a_log(engine, clock)
        leave_orphans(engine, monkeypatch)
        clock.forward(hours=30)
        tidy(engine)
    # What came after the last run but one is looked at by the next.
    tidy(engine)
    found = references(engine)
    opened = open_values(found, engine.vault, engine.blobs)
    deliveries = [item.fact.raw.blob for item in whole_log(engine) if isinstance(item.fact, DeliveryReceived)]
    assert {ref.c for ref in found} - opened.keys() == {ref.c for ref in deliveries if ref}
    assert all(open_content(ref, engine.vault, engine.blobs).content for ref in deliveries if ref)
    assert rows(engine) == {ref.c for ref in found}


def test_a_clock_that_was_set_back_between_vault_and_log_costs_no_value(
    engine: Engine, clock: SteppingClock
) -> None:
    clock.forward(days=3)
    submit = engine.writer.submit

    def set_back(request: AppendRequest) -> object:
        clock.forward(days=-3)
        return submit(request)

    engine.writer.submit = set_back  # type: ignore[method-assign, assignment]  # watched
    stream = open_one(engine)
    engine.writer.submit = submit  # type: ignore[method-assign]  # as before
    clock.forward(days=10)
    tidy(engine)
    assert stream
    assert {ref.c for ref in references(engine)} == rows(engine)


@pytest.mark.req("R-WF-32")
def test_a_key_of_a_request_lives_for_thirty_days(engine: Engine, clock: SteppingClock) -> None:
    first = do(engine, OPEN, key="k")
    clock.forward(days=29)
    tidy(engine)
    assert do(engine, OPEN, key="k").rows == first.rows
    clock.forward(days=2)
    tidy(engine)
    assert do(engine, OPEN, key="k").rows != first.rows
