"""Stores that are read-only, busy or full: a clear error, nothing recorded, and then it works again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from application.engine import Engine
from domain.commands import Command
from ledger.errors import LedgerError, QueueFull, ReadOnly, StoreBusy, StoreFull
from tests.support.locking import another_holds
from tests.support.use_cases import (
    OPEN,
    an_alert,
    ask,
    deliver,
    do,
    kinds,
    note,
    open_home,
    open_one,
    whole_log,
)

Fault = Callable[[Engine, pytest.MonkeyPatch], Any]


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with open_home(home) as opened:
        yield opened


@contextmanager
def read_only(engine: Engine, _: pytest.MonkeyPatch) -> Iterator[None]:
    engine.writer.freeze(ReadOnly("an older copy was restored"))
    yield
    engine.writer._refusal = None


@contextmanager
def log_busy(engine: Engine, _: pytest.MonkeyPatch) -> Iterator[None]:
    assert engine.store._writer is not None
    engine.store._writer.execute("PRAGMA busy_timeout = 20")
    with another_holds(engine.store.path):
        yield


@contextmanager
def log_full(engine: Engine, _: pytest.MonkeyPatch) -> Iterator[None]:
    assert engine.store._writer is not None
    engine.store._writer.execute("PRAGMA max_page_count = 1")
    yield
    engine.store._writer.execute("PRAGMA max_page_count = 1000000")


@contextmanager
def log_queue_full(engine: Engine, patch: pytest.MonkeyPatch) -> Iterator[None]:
    with patch.context() as full:
        full.setattr(engine.writer, "_max_waiting", 0)
        yield


def tell_vault(engine: Engine, pragma: str) -> None:
    """Set a PRAGMA of the connection that the vault writes through."""
    engine.vault.change(lambda connection: connection.execute(f"PRAGMA {pragma}").fetchall())


@contextmanager
def vault_busy(engine: Engine, _: pytest.MonkeyPatch) -> Iterator[None]:
    tell_vault(engine, "busy_timeout = 20")
    engine.vault._busy_timeout_s = 0.02  # for the connections that it opens after an error
    with another_holds(engine.vault.path):
        yield


@contextmanager
def vault_full(engine: Engine, _: pytest.MonkeyPatch) -> Iterator[None]:
    tell_vault(engine, "max_page_count = 1")
    yield
    tell_vault(engine, "max_page_count = 1000000")


@contextmanager
def blobs_full(engine: Engine, patch: pytest.MonkeyPatch) -> Iterator[None]:
    def put(_: bytes) -> str:
        raise StoreFull("blob: no room")

    with patch.context() as full:
        full.setattr(engine.blobs, "put", put)
        yield


FAULTS: list[tuple[Fault, type[LedgerError]]] = [
    (read_only, ReadOnly),
    (log_busy, StoreBusy),
    (log_full, StoreFull),
    (log_queue_full, QueueFull),
    (vault_busy, StoreBusy),
    (vault_full, StoreFull),
    (blobs_full, StoreFull),
]
faults = pytest.mark.parametrize(("fault", "error"), FAULTS, ids=[fault.__name__ for fault, _ in FAULTS])
PODS = [an_alert(pod=str(n)) for n in range(40)]


@faults
def test_of_a_delivery_nothing_is_recorded_and_it_can_be_sent_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, fault: Fault, error: type[LedgerError]
) -> None:
    deliver(engine, an_alert())
    before = whole_log(engine)
    with fault(engine, monkeypatch):
        with pytest.raises(error):
            deliver(engine, *PODS)
        assert whole_log(engine) == before
    told = deliver(engine, *PODS)
    assert (told.received, told.duplicates) == (40, 0)
    assert kinds(engine, told.incidents[0]).count("SignalAttached") == 41


@faults
def test_of_a_command_nothing_is_recorded_and_its_key_stays_free(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, fault: Fault, error: type[LedgerError]
) -> None:
    stream = open_one(engine)
    before = whole_log(engine)
    # As many as do not fit into what a full database has left; every other one becomes a blob.
    texts = [f"{n:02} {'word ' * (800 + n % 2 * 100)}" for n in range(20)]
    with fault(engine, monkeypatch):
        outcomes = [attempt(engine, note(text), stream, key=text[:2]) for text in texts]
        recorded = [outcome for outcome in outcomes if not isinstance(outcome, error)]
        assert len(outcomes) > len(recorded) == len(whole_log(engine)) - len(before)
    for text in texts:
        do(engine, note(text), stream, key=text[:2])
    assert kinds(engine, stream).count("TimelineEntryRecorded") == len(texts)


def attempt(engine: Engine, command: Command, stream: str, *, key: str) -> object:
    try:
        return ask(engine, command, stream, key=key)
    except LedgerError as error:
        return error


@pytest.mark.parametrize("command", [OPEN, note()], ids=["open", "note"])
def test_a_ledger_opened_for_reading_is_read(home: Path, command: Command) -> None:
    with open_home(home) as engine:
        stream = open_one(engine)
    with open_home(home, read_only=True) as engine:
        with pytest.raises(ReadOnly):
            ask(engine, command, None if command is OPEN else stream)
        with pytest.raises(ReadOnly):
            deliver(engine, an_alert())
        assert kinds(engine, stream) == ["IncidentOpened"]
        assert engine.vault.select("SELECT count(*) FROM sealed") == [(1,)]
