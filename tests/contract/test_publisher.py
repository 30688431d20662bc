"""The publisher signs what is committed, after promising it outside, and nothing that breaks a promise."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.commits import Commits
from ledger.errors import IntegrityError, KeyUnavailable, LedgerError, ReadOnly, StoreBusy, StoreError
from ledger.guard import Reference
from ledger.keyorders import add_logkey, retire_logkey
from ledger.lastcheckpoint import LastCheckpoint
from ledger.lease import LeaseLost
from ledger.note import log_vkey
from ledger.publisher import run_publisher
from ledger.signer import Ed25519Signer
from ledger.store.connection import connect
from ledger.store.sqlite import SqliteStore
from tests.support.ledgers import (
    LOG,
    ORIGIN,
    ROOT,
    WAIT_S,
    check_log,
    key_change,
    new_ledger,
    note,
    open_publisher,
)
from tests.support.processes import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ledger.publisher import Rounds
    from ledger.store.contract import SignedCheckpoint
    from ledger.writer import Writer

NEW_LOG = Ed25519Signer(b"\x16" * 32)
VKEY = log_vkey(ORIGIN, LOG.public_key)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[tuple[SqliteStore, Writer]]:
    store, writer = new_ledger(tmp_path)
    yield store, writer
    writer.close()
    store.close()


@pytest.fixture
def store(ledger: tuple[SqliteStore, Writer]) -> SqliteStore:
    return ledger[0]


@pytest.fixture
def writer(ledger: tuple[SqliteStore, Writer]) -> Writer:
    return ledger[1]


@pytest.fixture
def record(tmp_path: Path) -> LastCheckpoint:
    """Return the record that publishers of `open_publisher` keep outside the database."""
    return LastCheckpoint(tmp_path / "last-checkpoint")


def head_of(store: SqliteStore) -> Checkpoint:
    head = store.head()
    return Checkpoint(origin=ORIGIN, size=head.size, root=head.root)


def opened(published: SignedCheckpoint | None) -> Checkpoint:
    assert published is not None
    return open_checkpoint(published.note, VKEY)


def test_an_empty_log_is_not_published(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "empty.db")
    assert open_publisher(store, tmp_path).publish() is None
    assert list(store.checkpoints()) == []
    assert not open_publisher(store, tmp_path).behind()
    store.close()


@pytest.mark.parametrize("count", [1, 255, 256, 700])
def test_the_committed_head_is_signed_stored_and_served(
    store: SqliteStore, writer: Writer, tmp_path: Path, count: int
) -> None:
    writer.append(note("s", count))
    publisher = open_publisher(store, tmp_path)
    assert publisher.behind()
    published = publisher.publish()
    assert opened(published) == head_of(store)
    assert store.newest_checkpoint() == store.newest_publication() == published
    assert publisher.published.size == count + 1
    assert not publisher.behind()
    check_log(store)


def test_without_new_entries_nothing_new_is_signed(store: SqliteStore, tmp_path: Path) -> None:
    publisher = open_publisher(store, tmp_path)
    assert publisher.publish() == publisher.publish()
    assert len(list(store.checkpoints())) == 1


def test_the_promise_is_outside_before_anything_is_signed(
    store: SqliteStore, tmp_path: Path, record: LastCheckpoint
) -> None:
    seen: dict[str, Checkpoint | None] = {}

    def look(step: str) -> None:
        seen[step] = record.read()

    open_publisher(store, tmp_path, at_step=look).publish()
    assert seen["intend"] is None
    assert seen["sign"] == head_of(store)


def test_every_record_outside_gets_the_promise(store: SqliteStore, writer: Writer, tmp_path: Path) -> None:
    records = [LastCheckpoint(tmp_path / name) for name in ("here", "there")]
    publisher = open_publisher(store, tmp_path, intents=records)
    publisher.publish()
    writer.append(note("s"))
    publisher.publish()
    assert [record.read() for record in records] == [head_of(store)] * 2


def test_only_the_holder_of_the_lease_publishes(store: SqliteStore, writer: Writer, tmp_path: Path) -> None:
    one, two = open_publisher(store, tmp_path), open_publisher(store, tmp_path, holder="two", now=9.0)
    first = one.publish()
    writer.append(note("s"))
    assert two.publish() == first
    assert two.published.size == 1
    one.release()
    assert opened(two.publish()).size == 2


STEPS = ("promises", "head", "prove", "intend", "sign", "insert", "publish")


@pytest.mark.parametrize("step", STEPS)
def test_who_is_overtaken_at_any_step_signs_and_promises_nothing_smaller(
    store: SqliteStore, writer: Writer, tmp_path: Path, record: LastCheckpoint, step: str
) -> None:
    """It stands still there while its lease runs out and another one publishes a longer log."""
    writer.append(note("s", 300))
    open_publisher(store, tmp_path, holder="slow").publish()
    writer.append(note("s", 300))
    published: list[SignedCheckpoint | None] = []

    def overtake(name: str) -> None:
        if name == step:
            writer.append(note("s", 100))
            published.append(open_publisher(store, tmp_path, holder="quick", now=20.0).publish())

    slow = open_publisher(store, tmp_path, holder="slow", at_step=overtake)
    if step in {"promises", "head"}:
        assert slow.publish() == published[0]
    else:
        # Not read-only and no evidence against anybody: the next round will be right.
        with pytest.raises(StoreError) as raised:
            slow.publish()
        assert not isinstance(raised.value, ReadOnly)
        assert not raised.value.fatal
        assert isinstance(raised.value, LeaseLost) is (step not in {"prove", "intend"})
    assert opened(published[0]).size == 701
    assert record.read() == head_of(store)
    assert store.newest_publication() == published[0]
    check_log(store)


def test_a_log_that_was_set_back_is_not_signed(
    store: SqliteStore, writer: Writer, tmp_path: Path, record: LastCheckpoint
) -> None:
    promised = Checkpoint(origin=ORIGIN, size=9, root=b"\x09" * 32)
    record.replace(None, promised)
    writer.append(note("s", 5))
    with pytest.raises(ReadOnly, match="the file last-checkpoint promises 9 entries and the log has 6"):
        open_publisher(store, tmp_path).publish()
    assert list(store.checkpoints()) == []
    assert record.read() == promised


@pytest.mark.parametrize("size", [6, 10])
def test_a_log_that_differs_from_what_somebody_holds_is_not_signed(
    store: SqliteStore, writer: Writer, tmp_path: Path, record: LastCheckpoint, size: int
) -> None:
    writer.append(note("s", 9))
    held = Reference("the witness", Checkpoint(origin=ORIGIN, size=size, root=b"\x09" * 32))
    with pytest.raises(ReadOnly, match=f"the witness promises root .* at size {size}"):
        open_publisher(store, tmp_path, references=lambda: [held]).publish()
    assert list(store.checkpoints()) == []
    assert record.read() is None


def test_a_record_that_is_no_checkpoint_stops_signing(
    store: SqliteStore, tmp_path: Path, record: LastCheckpoint
) -> None:
    record.path.write_text("something else\n")
    with pytest.raises(IntegrityError, match="a checkpoint body"):
        open_publisher(store, tmp_path).publish()
    assert list(store.checkpoints()) == []


def damaged(store: SqliteStore, sql: str) -> None:
    raw = connect(store.path)
    for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    raw.execute(sql)
    raw.close()


def test_a_head_that_is_not_the_root_of_the_tiles_is_not_signed(
    store: SqliteStore, writer: Writer, tmp_path: Path, record: LastCheckpoint
) -> None:
    writer.append(note("s", 300))
    damaged(store, "UPDATE head SET root = zeroblob(32)")
    with pytest.raises(IntegrityError, match="head of size 301"):
        open_publisher(store, tmp_path).publish()
    assert list(store.checkpoints()) == []
    assert record.read() is None


def test_a_log_that_does_not_contain_what_was_signed_before_is_not_signed(
    store: SqliteStore, writer: Writer, tmp_path: Path
) -> None:
    writer.append(note("s", 5))
    damaged(store, "INSERT INTO checkpoint VALUES (1, 4, zeroblob(32), x'00', '')")
    with pytest.raises(IntegrityError, match="checkpoint 4 to 6"):
        open_publisher(store, tmp_path).publish()
    assert [signed.size for signed in store.checkpoints()] == [4]


@pytest.mark.req("R-SVC-03")
def test_a_log_key_that_is_not_in_force_signs_and_promises_nothing(
    store: SqliteStore, writer: Writer, tmp_path: Path, record: LastCheckpoint
) -> None:
    old = open_publisher(store, tmp_path)
    new = open_publisher(store, tmp_path, signer=NEW_LOG)
    with pytest.raises(KeyUnavailable, match="no log key in force at size 1"):
        new.publish()
    assert record.read() is None
    assert old.publish() is not None
    writer.append(key_change(store, lambda head: add_logkey(head, NEW_LOG, [ROOT])))
    assert old.publish() is not None
    writer.append(key_change(store, lambda head: retire_logkey(head, LOG.public_key, [ROOT])))
    for _ in range(2):
        with pytest.raises(KeyUnavailable, match="no log key in force at size 3"):
            old.publish()
    promised = record.read()
    assert promised is not None
    assert promised.size == 2
    published = new.publish()
    assert published is not None
    assert open_checkpoint(published.note, log_vkey(ORIGIN, NEW_LOG.public_key)) == head_of(store)
    check_log(store)


class Loop:
    """`run_publisher` in a thread, with what it reported."""

    def __init__(self, publisher: Rounds, commits: Commits, interval_s: float = 0.05) -> None:
        self.errors: list[LedgerError] = []
        self.stop = threading.Event()
        self.thread = threading.Thread(
            target=lambda: run_publisher(
                publisher, commits, self.stop, on_error=self.errors.append, interval_s=interval_s
            )
        )
        self.thread.start()

    def end(self) -> None:
        self.stop.set()
        self.thread.join(WAIT_S)
        assert not self.thread.is_alive()


@pytest.fixture
def run() -> Iterator[Callable[..., Loop]]:
    loops: list[Loop] = []

    def start(publisher: Rounds, commits: Commits, interval_s: float = 0.05) -> Loop:
        loops.append(Loop(publisher, commits, interval_s))
        return loops[-1]

    yield start
    for loop in loops:
        loop.end()


def published_size(store: SqliteStore) -> int:
    newest = store.newest_publication()
    return 0 if newest is None else newest.size


def test_the_loop_publishes_what_is_committed(
    store: SqliteStore, writer: Writer, tmp_path: Path, run: Callable[..., Loop]
) -> None:
    loop = run(open_publisher(store, tmp_path), writer.commits)
    for count in (1, 5, 9):
        writer.append(note("s", count))
        wait_until(lambda: published_size(store) == store.head().size, what="publication")
    assert loop.errors == []


def test_the_loop_also_publishes_what_other_processes_commit(
    store: SqliteStore, writer: Writer, tmp_path: Path, run: Callable[..., Loop]
) -> None:
    run(open_publisher(store, tmp_path), Commits())
    wait_until(lambda: published_size(store) == 1, what="publication")
    writer.append(note("s"))
    wait_until(lambda: published_size(store) == 2, what="publication")


def test_after_an_idle_interval_a_commit_is_published_at_once(
    store: SqliteStore, writer: Writer, tmp_path: Path, run: Callable[..., Loop]
) -> None:
    interval_s = 1.0
    run(open_publisher(store, tmp_path), writer.commits, interval_s)
    wait_until(lambda: published_size(store) == 1, what="publication")
    time.sleep(interval_s * 1.2)
    start = time.monotonic()
    writer.append(note("s"))
    wait_until(lambda: published_size(store) == 2, what="publication")
    assert time.monotonic() - start < interval_s * 0.8


def test_no_more_than_one_checkpoint_in_an_interval(
    store: SqliteStore, writer: Writer, tmp_path: Path, run: Callable[..., Loop]
) -> None:
    loop = run(open_publisher(store, tmp_path), writer.commits, 0.2)
    start = time.monotonic()
    while time.monotonic() - start < 1.0:
        writer.append(note("s"))
    loop.end()
    assert 2 <= len(list(store.checkpoints())) <= 7


class Refusing:
    """A publisher that fails in the ways it is told to, then has nothing to say."""

    def __init__(self, *errors: LedgerError) -> None:
        self.errors = list(errors)
        self.rounds = 0

    def publish(self) -> None:
        self.rounds += 1
        if self.errors:
            raise self.errors.pop(0)

    def behind(self) -> bool:
        return True


@pytest.mark.parametrize(
    "error",
    [StoreBusy("locked"), LeaseLost("lease"), StoreError("disk"), KeyUnavailable("pkcs11:log", "no device")],
    ids=lambda error: type(error).__name__,
)
def test_the_loop_tries_again_after_what_may_pass(error: LedgerError, run: Callable[..., Loop]) -> None:
    publisher = Refusing(error)
    loop = run(publisher, Commits(), 0.01)
    wait_until(lambda: publisher.rounds > 2, what="another round")
    assert loop.errors == [error]
    assert loop.thread.is_alive()


@pytest.mark.parametrize(
    "error",
    [ReadOnly("set back"), IntegrityError("head", "one root", "another"), StoreError("unknown", fatal=True)],
    ids=lambda error: type(error).__name__,
)
def test_the_loop_ends_with_what_does_not_become_right_by_itself(
    error: LedgerError, run: Callable[..., Loop]
) -> None:
    publisher = Refusing(error)
    loop = run(publisher, Commits(), 0.01)
    loop.thread.join(WAIT_S)
    assert not loop.thread.is_alive()
    assert loop.errors == [error]
    assert publisher.rounds == 1


def test_the_loop_survives_a_database_that_cannot_be_asked_how_far_it_is(run: Callable[..., Loop]) -> None:
    class Blind(Refusing):
        """Cannot tell how far the log is, once."""

        def behind(self) -> bool:
            if self.rounds == 1:
                raise StoreBusy("locked")
            return True

    publisher = Blind()
    loop = run(publisher, Commits(), 0.01)
    wait_until(lambda: publisher.rounds > 2, what="another round")
    assert [str(error) for error in loop.errors] == ["locked"]
