"""The writer: what is acknowledged is in the log, chained and signed; what is refused fails alone."""

from __future__ import annotations

import threading
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from ledger.append import AppendRequest, Draft, Part, Receipt
from ledger.dsse import MAX_PAYLOAD
from ledger.errors import (
    EntryTooLarge,
    IdempotencyReused,
    IntegrityError,
    QueueFull,
    ReadOnly,
    RowRefused,
    StoreError,
    VersionConflict,
)
from ledger.event import genesis
from ledger.growth import settle
from ledger.sourceoffset import Advance, OffsetFenced, Owned, Partition
from ledger.store.contract import CommandRow, Tracking
from ledger.store.rows import open_row
from ledger.store.sqlite import SqliteStore
from tests.support.ledgers import (
    ORIGIN,
    RECORDER,
    RECORDER_2,
    WAIT_S,
    Clock,
    check_log,
    draft,
    enrol,
    new_id,
    new_ledger,
    note,
    open_writer,
    opening,
    paused,
    retire,
)
from tests.support.processes import wait_until
from tests.support.stores import rows_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from ledger.writer import Writer


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[tuple[SqliteStore, Writer]]:
    store, writer = new_ledger(tmp_path)
    yield store, writer
    writer.close()
    check_log(store)
    store.close()


@pytest.fixture
def store(ledger: tuple[SqliteStore, Writer]) -> SqliteStore:
    return ledger[0]


@pytest.fixture
def writer(ledger: tuple[SqliteStore, Writer]) -> Writer:
    return ledger[1]


def together(writer: Writer, *requests: AppendRequest) -> list[Receipt | Exception]:
    """Return the outcomes of requests that the writer takes as one batch, after entry 1 or so."""
    with paused(writer):
        futures = [writer.submit(request) for request in requests]
    return outcomes(futures)


def outcomes(futures: Sequence[Future[Receipt]]) -> list[Receipt | Exception]:
    return [
        error if isinstance(error := future.exception(WAIT_S), Exception) else future.result()
        for future in futures
    ]


def data_of(receipt: Receipt | Exception) -> list[Any]:
    assert isinstance(receipt, Receipt)
    return [open_row(row)[1].data for row in receipt.rows]


def positions(receipt: Receipt | Exception) -> list[int]:
    assert isinstance(receipt, Receipt)
    return [row.position for row in receipt.rows]


def command(key: str, body: bytes = b"\x01" * 32) -> CommandRow:
    return CommandRow(principal="p-ada", key=key, request_hash=body)


def one(stream: str, fact: Draft, expected: int | None = None, **more: Any) -> AppendRequest:
    return AppendRequest((Part(stream, expected, (fact,)),), **more)


@pytest.mark.req("R-SVC-02")
def test_a_receipt_holds_the_entries_as_they_are_stored(store: SqliteStore, writer: Writer) -> None:
    receipt = writer.append(note("s", 3))
    assert not receipt.replayed
    assert list(receipt.rows) == list(store.rows(1, 3))
    assert [row.version for row in receipt.rows] == [1, 2, 3]


def test_each_entry_names_the_one_before_it_in_its_stream(store: SqliteStore, writer: Writer) -> None:
    writer.append(note("s", 2))
    writer.append(note("t"))
    writer.append(note("s"))
    first, second, third = store.stream_rows("s")
    assert first.prev_hash.hex() == genesis(ORIGIN, "s")
    assert (second.prev_hash, third.prev_hash) == (first.leaf_hash, second.leaf_hash)


@pytest.mark.req("R-WF-31")
def test_the_expected_version_is_held(store: SqliteStore, writer: Writer) -> None:
    writer.append(note("s", 2, expected=0))
    with pytest.raises(VersionConflict) as raised:
        writer.append(note("s", expected=1))
    assert (raised.value.stream, raised.value.expected, raised.value.found) == ("s", 1, 2)
    with pytest.raises(VersionConflict):
        writer.append(note("s", expected=3))
    writer.append(note("s", expected=2))
    assert len(store.stream_rows("s")) == 3


def test_any_version_will_do_when_none_is_expected(store: SqliteStore, writer: Writer) -> None:
    receipts = together(writer, *[note("s") for _ in range(5)])
    assert [positions(receipt) for receipt in receipts] == [[2], [3], [4], [5], [6]]
    assert [row.version for row in store.stream_rows("s")] == [1, 2, 3, 4, 5]


def test_of_two_in_a_batch_that_expect_the_same_version_the_first_wins(
    store: SqliteStore, writer: Writer
) -> None:
    first, second, third = together(
        writer, note("s", expected=0), note("s", expected=0), note("s", expected=1)
    )
    assert positions(first) == [2]
    assert isinstance(second, VersionConflict)
    assert positions(third) == [3]


def test_several_parts_are_recorded_together_at_consecutive_positions(
    store: SqliteStore, writer: Writer
) -> None:
    parts = (
        Part("a", 0, (draft({"n": 1}), draft({"n": 2}))),
        Part("b", None, (draft({"n": 3}),)),
        Part("a", 2, (draft({"n": 4}),)),
    )
    receipt = writer.append(AppendRequest(parts))
    assert positions(receipt) == [1, 2, 3, 4]
    assert [(row.stream, row.version) for row in receipt.rows] == [("a", 1), ("a", 2), ("b", 1), ("a", 3)]
    assert data_of(receipt) == [{"n": 1}, {"n": 2}, {"n": 3}, {"n": 4}]


def test_several_parts_are_refused_together(store: SqliteStore, writer: Writer) -> None:
    parts = (Part("a", 0, (draft(),)), Part("b", 7, (draft(),)))
    with pytest.raises(VersionConflict, match="stream b"):
        writer.append(AppendRequest(parts))
    assert store.head().size == 1
    assert list(store.stream_rows("a")) == []


def test_an_event_id_of_another_entry_is_refused(store: SqliteStore, writer: Writer) -> None:
    (row,) = writer.append(note("s")).rows
    with pytest.raises(RowRefused, match="event_id is not new"):
        writer.append(one("t", draft(event_id=row.event_id)))
    assert store.find(row.event_id) == row


SAME = draft()
DEEP: Any = {}
for _ in range(70):
    DEEP = {"deeper": DEEP}

# One request of a batch that cannot be recorded: a function of an entry that is there already.
NOBODY = Owned(
    partition=Partition(cluster="c", reader="g", topic="t", partition=0), topic_id="i", next_offset=1, epoch=1
)

GUILTY: dict[str, tuple[Callable[[str], AppendRequest], type[Exception]]] = {
    "an event id twice": (lambda taken: one("x", draft(event_id=taken)), RowRefused),
    "an event id twice within": (lambda _: AppendRequest((Part("x", None, (SAME, SAME)),)), RowRefused),
    "a stale version": (lambda _: note("old", expected=0), VersionConflict),
    "a future version": (lambda _: note("x", expected=1), VersionConflict),
    "a key reused": (lambda _: one("x", draft(), command=command("k", b"\x02" * 32)), IdempotencyReused),
    "too large": (lambda _: one("x", draft({"text": "x" * MAX_PAYLOAD})), EntryTooLarge),
    "a float": (lambda _: one("x", draft({"n": 0.5})), IntegrityError),
    "a float in the second part": (
        lambda _: AppendRequest((Part("x", None, (draft(),)), Part("y", None, (draft({"n": 0.5}),)))),
        IntegrityError,
    ),
    "an integer beyond 2^53": (lambda _: one("x", draft({"n": 2**53})), IntegrityError),
    "too deep": (lambda _: one("x", draft(DEEP)), IntegrityError),
    "half a character": (lambda _: one("x", draft({"text": "\ud800"})), IntegrityError),
    "an id of another form": (lambda _: one("x", draft(event_id="abc")), IntegrityError),
    "a type of another form": (lambda _: one("x", draft(kind="Noted")), IntegrityError),
    "a role that is no text": (
        lambda _: one("x", msgspec.structs.replace(draft(), authroles=(7,))),
        TypeError,
    ),
    "half a character in a key": (lambda _: one("x", draft(), command=command("\ud800")), RowRefused),
    "a hash of another size": (lambda _: one("x", draft(), command=command("new", b"")), RowRefused),
    "a reader that goes back": (lambda _: one("x", draft(), tracking=Tracking("reader", 5)), RowRefused),
    "an owner of another epoch": (
        lambda _: msgspec.structs.replace(one("x", draft()), advances=(Advance(NOBODY, 7),)),
        OffsetFenced,
    ),
    "a position beyond 2^63": (lambda _: one("x", draft(), tracking=Tracking("reader", 2**63)), RowRefused),
}


@pytest.mark.parametrize("kind", GUILTY)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_of_a_batch_only_the_guilty_request_fails(
    store: SqliteStore, writer: Writer, kind: str, place: int
) -> None:
    make, expected = GUILTY[kind]
    first = one("old", draft(), command=command("k"), tracking=Tracking("reader", 5))
    (taken,) = writer.append(first).rows
    innocent = [note("x", 2), one("y", draft(), command=command("fresh"), tracking=Tracking("other", 1))]
    requests = [*innocent[:place], make(taken.event_id), *innocent[place:]]
    results = together(writer, *requests)
    assert isinstance(results[place], expected)
    good = [result for i, result in enumerate(results) if i != place]
    assert [positions(receipt) for receipt in good] == [[3, 4], [5]]
    assert store.head().size == 6
    assert [row.version for row in store.stream_rows("x")] == [1, 2]
    assert store.command("p-ada", "fresh") is not None
    assert (store.tracking("reader"), store.tracking("other")) == (5, 1)


def test_two_new_entries_with_one_id_in_a_batch_the_first_is_recorded(
    store: SqliteStore, writer: Writer
) -> None:
    event_id = new_id()
    first, second = together(
        writer, one("s", draft({"n": 1}, event_id=event_id)), one("t", draft({"n": 2}, event_id=event_id))
    )
    assert data_of(first) == [{"n": 1}]
    assert isinstance(second, RowRefused)


@pytest.mark.req("R-WF-32")
def test_the_same_request_again_gets_the_same_entries(store: SqliteStore, writer: Writer) -> None:
    fact = draft()
    first = writer.append(one("s", fact, 0, command=command("k")))
    writer.append(note("s"))
    again = writer.append(one("s", fact, 0, command=command("k")))
    assert again == msgspec.structs.replace(first, replayed=True)
    assert store.head().size == 3


def test_the_same_request_twice_in_a_batch_is_recorded_once(store: SqliteStore, writer: Writer) -> None:
    request = one("s", draft(), 0, command=command("k"))
    other = note("s")
    first, second, third = together(writer, request, request, other)
    assert isinstance(first, Receipt)
    assert second == msgspec.structs.replace(first, replayed=True)
    assert positions(third) == [3]


def test_an_idempotency_key_belongs_to_its_principal(store: SqliteStore, writer: Writer) -> None:
    writer.append(one("s", draft(), command=command("k")))
    bob = CommandRow(principal="p-bob", key="k", request_hash=b"\x02" * 32)
    assert not writer.append(one("s", draft(), command=bob)).replayed


def test_a_refused_request_does_not_use_its_idempotency_key(store: SqliteStore, writer: Writer) -> None:
    with pytest.raises(VersionConflict):
        writer.append(one("s", draft(), 3, command=command("k")))
    assert store.command("p-ada", "k") is None
    assert not writer.append(one("s", draft(), 0, command=command("k"))).replayed


def test_a_request_without_entries_records_what_is_beside_them(store: SqliteStore, writer: Writer) -> None:
    receipt = writer.append(AppendRequest((), command("k"), Tracking("reader", 3)))
    assert receipt.rows == ()
    assert store.tracking("reader") == 3
    assert writer.append(AppendRequest((), command("k"))) == Receipt((), replayed=True)


@pytest.mark.req("R-WF-35")
def test_recorded_time_never_falls_within_a_stream_when_the_clock_goes_back(
    store: SqliteStore, writer: Writer
) -> None:
    writer.close()
    clock = Clock(start=60_000_000)
    turned = open_writer(store, clock=clock)
    (late,) = turned.append(note("s")).rows
    clock.microseconds = 0
    after, other = turned.append(AppendRequest((Part("s", 1, (draft(),)), Part("t", 0, (draft(),))))).rows
    turned.close()
    times = [open_row(row)[1].recordedtime for row in (late, after, other)]
    assert times[0] == times[1] == "2026-11-23T02:11:00.000001Z"
    assert times[2] == "2026-11-23T02:10:00.000001Z"


def test_a_keys_fact_travels_alone(store: SqliteStore, writer: Writer) -> None:
    """Nothing else is decided by keys that change in the same transaction."""
    commits: list[int] = []
    change = enrol(store, RECORDER_2)
    with paused(writer):
        writer.commits.listen(commits.append)
        futures = [writer.submit(x) for x in (note("a"), note("b"), change, note("c"), note("d"))]
    receipts = outcomes(futures)
    writer.append(note("last"))
    assert [positions(receipt) for receipt in receipts] == [[2], [3], [4], [5], [6]]
    assert commits[:3] == [4, 5, 7]


def test_a_retired_recorder_key_makes_the_writer_read_only(store: SqliteStore, writer: Writer) -> None:
    writer.append(enrol(store, RECORDER_2))
    writer.append(retire(store, RECORDER))
    with pytest.raises(ReadOnly, match="may not sign"):
        writer.append(note("s"))
    assert store.head().size == 3
    successor = open_writer(store, signer=RECORDER_2)
    successor.append(note("s"))
    successor.close()


def test_a_recorder_that_was_never_enrolled_writes_nothing(store: SqliteStore, writer: Writer) -> None:
    stranger = open_writer(store, signer=RECORDER_2)
    with pytest.raises(ReadOnly, match="never enrolled"):
        stranger.append(note("s"))
    stranger.close()
    assert store.head().size == 1


def test_no_entry_is_signed_after_the_fact_that_ends_its_own_key(store: SqliteStore, writer: Writer) -> None:
    """Key fact and entry in one request: the entry would stand behind the end of the key that signs it."""
    writer.append(enrol(store, RECORDER_2))
    ending = retire(store, RECORDER)
    with pytest.raises(ReadOnly, match="may not sign"):
        writer.append(AppendRequest((*ending.parts, *note("s").parts)))
    assert store.head().size == 2
    writer.append(AppendRequest((*note("s").parts, *ending.parts)))


def test_a_key_fact_that_does_not_hold_is_not_recorded(store: SqliteStore, writer: Writer) -> None:
    request = enrol(store, RECORDER_2)
    writer.append(request)
    with pytest.raises(VersionConflict):
        writer.append(request)
    with pytest.raises(IntegrityError, match="never enrolled before"):
        writer.append(enrol(store, RECORDER_2))
    assert store.head().size == 2
    writer.append(note("s"))


def test_a_log_begins_with_its_keys_and_with_nothing_else(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "empty.db")
    writer = open_writer(store)
    with pytest.raises(ReadOnly, match="may not sign"):
        writer.append(note("s"))
    with pytest.raises(IntegrityError, match="index of the first fact"):
        writer.append(AppendRequest((*note("s").parts, *opening().parts)))
    assert store.head().size == 0
    writer.append(opening())
    writer.append(note("s"))
    writer.close()
    check_log(store)
    store.close()


def test_a_log_is_opened_by_the_recorder_it_names(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "empty.db")
    writer = open_writer(store, signer=RECORDER_2)
    with pytest.raises(IntegrityError, match="a recorder key in force"):
        writer.append(opening())
    assert store.head().size == 0
    writer.close()
    store.close()


def test_a_keys_fact_of_another_process_is_noticed_under_the_lock(store: SqliteStore, writer: Writer) -> None:
    writer.append(note("s"))
    second = SqliteStore(store.path)
    other = open_writer(second)
    other.append(enrol(store, RECORDER_2))
    other.append(retire(store, RECORDER))
    other.close()
    second.close()
    with pytest.raises(ReadOnly):
        writer.append(note("s"))


def test_two_writers_on_one_stream_chain_onto_each_other(store: SqliteStore, writer: Writer) -> None:
    second = SqliteStore(store.path)
    other = open_writer(second)
    for _ in range(3):
        writer.append(note("s"))
        other.append(note("s"))
        other.append(note("t"))
    with pytest.raises(VersionConflict):
        writer.append(note("t", expected=0))
    writer.append(note("t", expected=3))
    other.close()
    second.close()
    assert [row.version for row in store.stream_rows("s")] == [1, 2, 3, 4, 5, 6]


def test_what_another_process_writes_between_guess_and_lock_is_chained_onto(
    store: SqliteStore, writer: Writer
) -> None:
    """The other one holds the lock while ours is guessed and signed; then it is signed again."""
    writer.append(note("s"))
    other = SqliteStore(store.path)
    with other.transaction() as tx:
        rows = rows_for(tx, note("s"))
        future = writer.submit(note("s"))
        assert not wait([future], timeout=0.1).done
        tx.insert_rows(rows)
        settle(tx, tx.head(), rows)
    (row,) = future.result(WAIT_S).rows
    assert (row.position, row.version, row.prev_hash) == (3, 3, rows[0].leaf_hash)
    other.close()


def test_a_version_that_another_process_took_between_guess_and_lock_is_a_conflict(
    store: SqliteStore, writer: Writer
) -> None:
    writer.append(note("s"))
    other = SqliteStore(store.path)
    with other.transaction() as tx:
        rows = rows_for(tx, note("s"))
        future = writer.submit(note("s", expected=1))
        assert not wait([future], timeout=0.1).done
        tx.insert_rows(rows)
        settle(tx, tx.head(), rows)
    with pytest.raises(VersionConflict, match="expected version 1, found 2"):
        future.result(WAIT_S)
    other.close()


def test_a_full_queue_refuses_and_recovers(store: SqliteStore, writer: Writer) -> None:
    small = open_writer(store, max_waiting=2)
    with paused(small):
        futures = [small.submit(note("s")), small.submit(note("s"))]
        assert small.waiting == 2
        with pytest.raises(QueueFull, match="fewer than 2"):
            small.submit(note("s"))
    assert [positions(receipt) for receipt in outcomes(futures)] == [[2], [3]]
    small.append(note("s"))
    small.close()


def test_close_commits_what_has_queued_up(store: SqliteStore, writer: Writer) -> None:
    futures = [writer.submit(note("s")) for _ in range(200)]
    writer.close()
    assert all(future.done() for future in futures)
    assert len(store.stream_rows("s")) == 200
    with pytest.raises(ReadOnly, match="closed"):
        writer.submit(note("s"))
    writer.close()


def test_a_batch_holds_no_more_than_it_may_but_a_request_is_never_split(
    store: SqliteStore, writer: Writer
) -> None:
    small = open_writer(store, max_batch=4)
    commits: list[int] = []
    with paused(small):
        small.commits.listen(commits.append)
        futures = [small.submit(note("s", count)) for count in (3, 3, 3, 10)]
    outcomes(futures)
    small.close()
    assert commits == [8, 21]


def test_a_cancelled_request_is_not_recorded(store: SqliteStore, writer: Writer) -> None:
    with paused(writer):
        futures = [writer.submit(note("s")) for _ in range(3)]
        assert futures[1].cancel()
    assert [positions(futures[i].result(WAIT_S)) for i in (0, 2)] == [[2], [3]]
    assert store.head().size == 4


def test_a_request_that_is_being_recorded_cannot_be_cancelled(store: SqliteStore, writer: Writer) -> None:
    other = SqliteStore(store.path)
    with other.transaction():
        future = writer.submit(note("s"))
        assert not wait([future], timeout=0.1).done
        assert not future.cancel()
    assert positions(future.result(WAIT_S)) == [1]
    other.close()


def test_a_batch_of_cancelled_requests_is_no_commit(store: SqliteStore, writer: Writer) -> None:
    with paused(writer):
        future = writer.submit(note("s"))
        assert future.cancel()
    wait_until(lambda: writer.waiting == 0, what="an empty queue")
    assert positions(writer.append(note("s"))) == [2]


def test_who_listens_and_fails_harms_nobody(store: SqliteStore, writer: Writer) -> None:
    def fail(size: int) -> None:
        raise RuntimeError(size)

    writer.commits.listen(fail)
    assert positions(writer.append(note("s"))) == [1]
    assert positions(writer.append(note("s"))) == [2]


def test_a_frozen_writer_refuses_and_says_why(store: SqliteStore, writer: Writer) -> None:
    writer.freeze(StoreError("the log is shorter than promised"))
    for _ in range(2):
        with pytest.raises(ReadOnly, match="shorter than promised"):
            writer.append(note("s"))
    assert str(writer.refusal) == "the log is shorter than promised"
    assert store.head().size == 1


def test_a_stream_has_a_name_that_events_can_have() -> None:
    for name in ("", "Incident", "a b", "a\n", "\ud800", "ä"):
        with pytest.raises(IntegrityError, match="stream"):
            Part(name, None, ())


def test_who_waits_is_woken_with_the_size(store: SqliteStore, writer: Writer) -> None:
    assert not writer.commits.wait_beyond(1, 0.01)
    writer.append(note("s", 2))
    assert writer.commits.wait_beyond(2, WAIT_S)
    assert writer.commits.size == 3


def test_callers_in_many_threads_all_get_their_own_entries(store: SqliteStore, writer: Writer) -> None:
    receipts: dict[int, Receipt] = {}

    def append(number: int) -> None:
        for i in range(10):
            fact = draft({"n": number * 10 + i})
            receipts[number * 10 + i] = writer.append(one(f"s-{number % 4}", fact))

    threads = [threading.Thread(target=append, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {n: data_of(receipt) for n, receipt in receipts.items()} == {n: [{"n": n}] for n in range(160)}
    assert sorted(position for receipt in receipts.values() for position in positions(receipt)) == list(
        range(1, 161)
    )
