"""Collecting orphans: what no fact names goes after a day, what a fact names stays for good."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from application import orphans
from application.local_blobs import LocalBlobs
from application.orphans import Collected, collect_orphans
from application.sealing import seal_value, store
from application.unsealing import open_values
from application.vault import Vault
from ledger.errors import StoreError
from tests.support.vaults import MASTER, contents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Set
    from pathlib import Path

    from domain.prose import BlobRef, SealedRef

DAY = timedelta(days=1)
START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
NOTHING = Collected(rows=0, blobs=0, keys=0, leftovers=0)


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


class Log:
    """What the log names, and what it was asked."""

    def __init__(self) -> None:
        self.named: set[str] = set()
        self.asked: list[str] = []
        self.size = 0
        self.firsts: list[int] = []

    def referenced(self, cs: Set[str], first: int) -> Set[str]:
        self.firsts.append(first)
        self.asked += sorted(cs)
        return cs & self.named


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def vault(tmp_path: Path, watch: Watch) -> Iterator[Vault]:
    opened = Vault(tmp_path / "vault.db", MASTER, clock=watch)
    yield opened
    opened.close()


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


def put(vault: Vault, blobs: LocalBlobs, value: object, stream: str = "incident-a") -> SealedRef | BlobRef:
    found, pending = seal_value(value, stream, vault)
    store(pending, vault, blobs)
    ref = found.sealed or found.blob
    assert ref is not None
    return ref


def collect(vault: Vault, blobs: LocalBlobs, log: Log, watch: Watch) -> Collected:
    """Run twice, as an hour apart: only what was there at an earlier run is looked at."""
    collect_orphans(vault, blobs, log.referenced, START - 1000 * DAY, log.size)
    return collect_orphans(vault, blobs, log.referenced, watch.now - DAY, log.size)


def stored_files(blobs: LocalBlobs) -> list[Path]:
    return [path for path in blobs.root.rglob("*") if path.is_file()]


def test_orphans_older_than_a_day_go_with_their_blobs_and_keys(
    vault: Vault, blobs: LocalBlobs, watch: Watch
) -> None:
    log = Log()
    kept = [put(vault, blobs, "kept"), put(vault, blobs, "k" * 5000)]
    log.named = {ref.c for ref in kept}
    gone = [put(vault, blobs, "gone", "incident-b"), put(vault, blobs, "g" * 5000, "incident-b")]
    policy = blobs.put(b"schema: 17\n")
    watch.now += DAY + timedelta(seconds=1)
    assert collect(vault, blobs, log, watch) == Collected(rows=2, blobs=1, keys=1, leftovers=0)
    assert open_values(kept, vault, blobs) == {kept[0].c: "kept", kept[1].c: "k" * 5000}
    assert vault.missing([ref.c for ref in gone]) == {ref.c for ref in gone}
    assert contents(vault.path) == (1, 2)
    assert len(stored_files(blobs)) == 2
    assert blobs.find(policy) is not None


def test_what_is_younger_than_a_day_is_not_even_asked_about(
    vault: Vault, blobs: LocalBlobs, watch: Watch
) -> None:
    log = Log()
    put(vault, blobs, "in flight")
    watch.now += DAY
    assert collect(vault, blobs, log, watch) == NOTHING
    assert log.asked == []


def test_each_row_is_looked_up_in_the_log_once(vault: Vault, blobs: LocalBlobs, watch: Watch) -> None:
    log = Log()
    first = [put(vault, blobs, n).c for n in range(3)]
    log.named = set(first)
    watch.now += 2 * DAY
    collect(vault, blobs, log, watch)
    second = put(vault, blobs, "later").c
    log.named.add(second)
    watch.now += 2 * DAY
    collect(vault, blobs, log, watch)
    assert log.asked == [*sorted(first), second]


def test_a_row_from_a_clock_that_ran_ahead_waits_and_hides_nothing_for_good(
    vault: Vault, blobs: LocalBlobs, watch: Watch
) -> None:
    log = Log()
    watch.now += 5 * DAY
    put(vault, blobs, "from the future")
    watch.now = START
    put(vault, blobs, "of today")
    watch.now += 2 * DAY
    assert collect(vault, blobs, log, watch) == NOTHING
    watch.now += 5 * DAY
    assert collect(vault, blobs, log, watch).rows == 2


def test_many_orphans_go_in_batches(
    vault: Vault, blobs: LocalBlobs, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orphans, "BATCH", 2)
    log = Log()
    rows = [put(vault, blobs, n).c for n in range(7)]
    log.named = {c for n, c in enumerate(rows) if n % 3}
    watch.now += 2 * DAY
    assert collect(vault, blobs, log, watch).rows == 3
    assert vault.missing(log.named) == frozenset()


def test_a_key_that_was_collected_is_made_anew(vault: Vault, blobs: LocalBlobs, watch: Watch) -> None:
    old = put(vault, blobs, "gone")
    watch.now += 2 * DAY
    assert collect(vault, blobs, Log(), watch).keys == 1
    vault.close()
    again = Vault(vault.path, MASTER)
    new = put(again, blobs, "new")
    assert new.kid != old.kid
    assert again.open(new.c).value == "new"
    again.close()


def test_a_young_key_waits_for_its_first_row(vault: Vault, blobs: LocalBlobs, watch: Watch) -> None:
    key = vault.data_key("incident-a")
    vault.put([], [key])
    assert collect(vault, blobs, Log(), watch).keys == 0
    watch.now += 2 * DAY
    assert collect(vault, blobs, Log(), watch).keys == 1


def test_a_crash_in_the_middle_leaves_the_rest_for_the_next_run(
    vault: Vault, blobs: LocalBlobs, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(vault, blobs, "g" * 5000)
    watch.now += 2 * DAY

    change, done = vault.change, list[object]()

    def fail(work: Callable[[sqlite3.Connection], None]) -> None:
        if len(done) == 3:
            raise StoreError("killed here")
        done.append(change(work))  # a whole run and the mark of the next; then the removal

    with monkeypatch.context() as patch:
        patch.setattr(vault, "change", fail)
        with pytest.raises(StoreError, match="killed here"):
            collect(vault, blobs, Log(), watch)
    # The file is gone, the row still says that it was an orphan's.
    assert (stored_files(blobs), contents(vault.path)) == ([], (1, 1))
    assert collect(vault, blobs, Log(), watch) == Collected(rows=1, blobs=1, keys=1, leftovers=0)


def test_staged_files_of_a_crash_are_swept(vault: Vault, blobs: LocalBlobs) -> None:
    half = blobs.root / "sha256" / "00" / ".new-half"
    half.parent.mkdir()
    half.write_bytes(b"ha")
    os.utime(half, (START.timestamp(), START.timestamp()))
    found = collect_orphans(vault, blobs, Log().referenced, START + DAY, 0)
    assert found == Collected(rows=0, blobs=0, keys=0, leftovers=1)


def test_collecting_leaves_no_trace_of_the_orphan_in_the_files(
    vault: Vault, blobs: LocalBlobs, watch: Watch
) -> None:
    ref = put(vault, blobs, "secret" * 100)
    connection = sqlite3.connect(vault.path)
    (box,) = connection.execute("SELECT box FROM sealed WHERE c = ?", (ref.c,)).fetchone()
    connection.close()
    watch.now += 2 * DAY
    collect(vault, blobs, Log(), watch)
    stored = b"".join(path.read_bytes() for path in vault.path.parent.glob("vault.db*"))
    assert box[:40] not in stored
    assert ref.c.encode() not in stored
    assert ref.kid.encode() not in stored


def test_the_log_is_asked_from_the_size_it_had_before_the_row_came(
    vault: Vault, blobs: LocalBlobs, watch: Watch
) -> None:
    log = Log()
    log.size = 70
    collect(vault, blobs, log, watch)
    put(vault, blobs, "never appended")
    log.size = 90
    collect(vault, blobs, log, watch)
    watch.now += 3 * DAY
    log.size = 100

    collect(vault, blobs, log, watch)

    assert log.firsts == [70]


def test_a_clock_that_was_set_back_moves_no_entry_out_of_sight(
    vault: Vault, blobs: LocalBlobs, watch: Watch
) -> None:
    log = Log()
    log.size = 10
    watch.now += 2 * DAY
    collect(vault, blobs, log, watch)
    named = put(vault, blobs, "put while the clock ran ahead")
    log.named.add(named.c)
    watch.now = START
    log.size = 20
    collect(vault, blobs, log, watch)
    watch.now = START + 4 * DAY

    found = collect(vault, blobs, log, watch)

    assert (found.rows, log.firsts) == (0, [10])


def test_rows_of_two_runs_are_looked_for_from_the_earlier_one(
    vault: Vault, blobs: LocalBlobs, watch: Watch
) -> None:
    log = Log()
    put(vault, blobs, "before any run")
    log.size = 5
    collect(vault, blobs, log, watch)
    put(vault, blobs, "after the first")
    watch.now += 2 * DAY
    log.size = 9

    collect(vault, blobs, log, watch)
    put(vault, blobs, "after the second", "incident-b")
    watch.now += 2 * DAY
    collect(vault, blobs, log, watch)

    assert log.firsts == [0, 9]


def test_what_came_after_the_last_run_is_left_alone_whatever_the_clock_says(
    vault: Vault, blobs: LocalBlobs, watch: Watch
) -> None:
    put(vault, blobs, "on its way to the log")
    watch.now += 2 * DAY

    found = collect_orphans(vault, blobs, Log().referenced, watch.now - DAY, 0)

    assert found.rows == 0
    assert collect_orphans(vault, blobs, Log().referenced, watch.now - DAY, 0).rows == 1
