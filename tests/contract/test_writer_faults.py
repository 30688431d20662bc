"""The writer while its store fails: whatever happens, every answer is true and the log is whole.

After each fault ``log fsck`` finds nothing, what was acknowledged is there, what was refused is not, and the
same request sent again ends recorded exactly once.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ledger.append import AppendRequest, Part, Receipt
from ledger.errors import ReadOnly, StoreBusy, StoreError, StoreFull, VersionConflict
from ledger.store.connection import connect
from ledger.store.contract import CommandRow, Tracking
from ledger.store.sqlite import SqliteStore
from tests.support.faulty import INJECTED, Fault, FaultyStore, Mode
from tests.support.ledgers import (
    RECORDER_2,
    WAIT_S,
    Clock,
    check_log,
    draft,
    enrol,
    new_ledger,
    note,
    open_writer,
    opening,
    paused,
)
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.writer import Writer
    from tests.support.processes import Children

FILLED = 254  # the next two entries complete a tile
MODES: tuple[Mode, ...] = ("lost", "kept")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FaultyStore]:
    """Open a log whose next entries complete a tile."""
    store = FaultyStore(tmp_path / "ledger.db", busy_timeout_s=0.2)
    store.watch()
    writer = open_writer(store)
    writer.append(opening())
    writer.append(note("filling", FILLED - 1))
    writer.close()
    yield store
    check_log(store)
    store.close()


@pytest.fixture
def writer(store: FaultyStore) -> Iterator[Writer]:
    """Return a writer that has not looked at the log yet."""
    writer = open_writer(store)
    yield writer
    writer.close()


def command(key: str = "k") -> CommandRow:
    return CommandRow(principal="p-ada", key=key, request_hash=b"\x01" * 32)


def full_request() -> AppendRequest:
    """Return a request that asks for everything a transaction can do."""
    parts = (Part("s", 0, (draft({"n": 1}), draft({"n": 2}))), Part("t", None, (draft({"n": 3}),)))
    return AppendRequest(parts, command(), Tracking("reader", 7))


# What a lone append asks the store for, in order.
STEPS = [
    "lock",
    "head",
    "stream_rows",  # the keyring
    "stream_heads",
    "command",
    "insert_command",
    "advance_tracking",
    "insert_rows",
    "read_tile",
    "insert_tile",
    "set_head",
    "commit",
]


def test_the_steps_of_an_append_are_these(store: FaultyStore, writer: Writer) -> None:
    store.watch()
    writer.append(full_request())
    assert store.steps == STEPS


@pytest.mark.req("R-SVC-02")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("step", STEPS)
def test_a_fault_at_any_step_leaves_all_or_nothing(
    store: FaultyStore, writer: Writer, step: str, mode: Mode
) -> None:
    request = full_request()
    store.watch(Fault(step, mode))
    recorded = (step, mode) == ("commit", "kept")
    if recorded:
        receipt = writer.append(request)
        assert receipt.rows == tuple(store.rows(FILLED, 10))
        assert not receipt.replayed
    else:
        with pytest.raises(StoreError, match=INJECTED):
            writer.append(request)
        assert store.head().size == FILLED
        assert store.command("p-ada", "k") is None
        assert store.tracking("reader") is None
    store.watch()
    again = writer.append(request)
    assert again.replayed is recorded
    assert again.rows == tuple(store.rows(FILLED, 10))
    assert [row.version for row in again.rows] == [1, 2, 1]
    assert store.tracking("reader") == 7
    writer.append(note("s", expected=2))


@pytest.mark.parametrize("mode", MODES)
def test_a_commit_in_doubt_is_looked_up_for_the_whole_batch(
    store: FaultyStore, writer: Writer, mode: Mode
) -> None:
    with paused(writer):
        store.watch(Fault("commit", mode))
        futures = [writer.submit(note("s", expected=version)) for version in (0, 5, 1)]
    outcomes = [future.exception(WAIT_S) or future.result() for future in futures]
    if mode == "kept":
        assert [type(outcome) for outcome in outcomes] == [Receipt, VersionConflict, Receipt]
        assert store.head().size == FILLED + 3
    else:
        assert [str(outcome) for outcome in outcomes] == [INJECTED] * 3
        assert store.head().size == FILLED + 1
    store.watch()
    writer.append(note("s"))


@pytest.mark.parametrize("mode", MODES)
def test_what_cannot_be_looked_up_is_said_to_be_unknown_and_can_be_asked_again(
    store: FaultyStore, writer: Writer, mode: Mode
) -> None:
    request = full_request()
    store.watch(Fault("commit", mode), Fault("lock", "lost", nth=1))
    with pytest.raises(StoreError, match="unknown") as raised:
        writer.append(request)
    assert raised.value.fatal
    store.watch()
    again = writer.append(request)
    assert again.replayed is (mode == "kept")
    assert store.head().size == FILLED + 3
    writer.append(note("s", expected=2))


@pytest.mark.parametrize("mode", MODES)
def test_a_commit_in_doubt_is_looked_up_past_what_others_wrote_meanwhile(
    store: FaultyStore, writer: Writer, mode: Mode
) -> None:
    """Between our COMMIT and the look somebody else appends to the same stream; nothing stale is kept."""

    def write(nth: int) -> None:
        if nth == 1:
            other = SqliteStore(store.path)
            another = open_writer(other)
            another.append(note("s"))
            another.close()
            other.close()

    store.watch(Fault("commit", mode), at_lock=write)
    if mode == "kept":
        assert [row.version for row in writer.append(note("s")).rows] == [1]
    else:
        with pytest.raises(StoreError, match=INJECTED):
            writer.append(note("s"))
    store.watch()
    version = 2 if mode == "kept" else 1
    writer.append(note("s", expected=version))


@pytest.mark.parametrize("mode", MODES)
def test_a_lost_position_of_a_reader_is_not_acknowledged(
    store: FaultyStore, writer: Writer, mode: Mode
) -> None:
    """Without an entry there is nothing to look up; the reader's own rule makes it safe to ask again."""
    store.watch(Fault("commit", mode))
    with pytest.raises(StoreError, match=INJECTED):
        writer.append(AppendRequest((), tracking=Tracking("reader", 7)))
    assert store.tracking("reader") == (7 if mode == "kept" else None)


@pytest.mark.parametrize("mode", MODES)
def test_a_keys_fact_in_doubt_leaves_the_keyring_right(
    store: FaultyStore, writer: Writer, mode: Mode
) -> None:
    request = enrol(store, RECORDER_2)
    store.watch(Fault("commit", mode))
    if mode == "kept":
        writer.append(request)
    else:
        with pytest.raises(StoreError, match=INJECTED):
            writer.append(request)
    store.watch()
    writer.append(note("s"))
    second = open_writer(store, signer=RECORDER_2)
    if mode == "kept":
        second.append(note("s"))
    else:
        with pytest.raises(ReadOnly, match="never enrolled"):
            second.append(note("s"))
    second.close()


def test_a_store_that_refuses_the_tree_of_its_own_entries_is_damaged(tmp_path: Path) -> None:
    """Nobody in the batch is guilty, so nobody is told that they are."""
    store, writer = new_ledger(tmp_path)
    raw = connect(store.path)
    raw.execute("INSERT INTO tile VALUES (0, 0, zeroblob(8192))")
    raw.close()
    with pytest.raises(StoreError, match="the log is damaged") as raised:
        writer.append(note("s", 255))
    assert raised.value.fatal
    assert store.head().size == 1
    writer.close()
    store.close()


def test_a_clock_that_fails_fails_its_batch_and_no_other(store: FaultyStore) -> None:
    class Broken(Clock):
        """A clock without a battery, once."""

        def __call__(self) -> str:
            if self.microseconds == 0:
                self.microseconds = 1
                raise OSError("no clock")
            return super().__call__()

    writer = open_writer(store, clock=Broken())
    with pytest.raises(OSError, match="no clock"):
        writer.append(note("s"))
    writer.append(note("s", expected=0))
    writer.close()


def test_a_store_that_is_closed_answers_everybody(store: FaultyStore) -> None:
    second = FaultyStore(store.path)
    second.watch()
    writer = open_writer(second)
    writer.append(note("s"))
    second.close()
    for _ in range(2):
        with pytest.raises(StoreError, match="already closed"):
            writer.append(note("s"))
    writer.close()


LOCKER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
time.sleep(600)
"""


def test_a_locked_database_is_a_clear_error_and_nothing_is_written(
    store: FaultyStore, writer: Writer, children: Children
) -> None:
    locker = children.start(sys.executable, "-c", LOCKER, str(store.path))
    wait_until(lambda: "locked" in locker.output(), what="the other process's lock")
    request = full_request()
    with pytest.raises(StoreBusy, match="another process holds it, nothing was written"):
        writer.append(request)
    # Reading goes on.
    assert store.head().size == FILLED
    check_log(store)
    locker.kill()
    assert not writer.append(request).replayed


def test_a_database_without_room_is_a_clear_error_and_nothing_is_written(
    store: FaultyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[sqlite3.Connection] = []

    def small(*args: object, **options: object) -> sqlite3.Connection:
        connection = connect(*args, **options)  # type: ignore[arg-type] # passed on as they come
        opened.append(connection)
        return connection

    monkeypatch.setattr("ledger.store.sqlite.connect", small)
    cramped = SqliteStore(store.path)
    (pages,) = opened[0].execute("PRAGMA page_count").fetchone()
    opened[0].execute(f"PRAGMA max_page_count = {pages + 8}")
    writer = open_writer(cramped)
    big = AppendRequest((Part("big", 0, tuple(draft({"text": "x" * 30_000}) for _ in range(3))),))
    with pytest.raises(StoreFull, match="nothing was written, free some room"):
        writer.append(big)
    assert cramped.head().size == FILLED
    check_log(cramped)
    writer.append(note("small"))
    opened[0].execute("PRAGMA max_page_count = 1000000")
    writer.append(big)
    writer.close()
    cramped.close()


def filled(*command: str) -> dict[str, object]:
    """Return the report of `tests.support.filler`."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    report: dict[str, object] = json.loads(done.stdout)
    return report


def assert_whole(report: dict[str, object]) -> None:
    acknowledged = report["acknowledged"]
    assert isinstance(acknowledged, int)
    assert acknowledged > 3
    assert report["there"] == acknowledged
    assert report["findings"] == []
    assert report["at last"] == acknowledged + 2
    assert report["findings at last"] == []


def test_a_file_that_may_not_grow_leaves_the_log_whole(tmp_path: Path) -> None:
    report = filled(sys.executable, "-m", "tests.support.filler", str(tmp_path), "2000000")
    assert report["error"] == "StoreError"
    assert "disk I/O error" in str(report["text"])
    assert_whole(report)


def test_a_full_disk_is_a_clear_error_and_leaves_the_log_whole(tmp_path: Path) -> None:
    """A real file system of 4 MB, mounted where only the child process sees it."""
    if shutil.which("unshare") is None or shutil.which("mount") is None:
        pytest.skip("needs unshare and mount")
    namespace = ["unshare", "--user", "--map-root-user", "--mount"]
    mount = f"mount -t tmpfs -o size=4m none {tmp_path}"
    if subprocess.run([*namespace, "sh", "-c", mount], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a file system of their own")
    script = f"{mount} && exec {sys.executable} -m tests.support.filler {tmp_path}"
    report = filled(*namespace, "sh", "-c", script)
    assert report["error"] == "StoreFull"
    assert "free some room and try again" in str(report["text"])
    assert_whole(report)
