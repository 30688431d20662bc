"""What every store promises (`ledger.store.contract`), one suite for all of them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from ledger.bundle import encode_bundle
from ledger.errors import IntegrityError, RowRefused, StoreBusy, StoreError
from ledger.merkle import EMPTY_ROOT, frontier_root
from ledger.sourceoffset import Advance, OffsetFenced, Partition, advance, reposition, take_over
from ledger.store.contract import EMPTY_HEAD, CommandRow, Head, SignedCheckpoint, StreamHead, Tracking
from ledger.store.tiles import completed_tiles
from ledger.tile import ENTRIES, WIDTH, Tile, bundles_of, tiles_of
from tests.support.ledgers import NOW, note
from tests.support.logs import MemoryLog
from tests.support.stores import STORES, AnyStore, grow, rows_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(params=sorted(STORES))
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], AnyStore]]:
    """Open the same store again and again."""
    opened: list[AnyStore] = []

    def open_() -> AnyStore:
        opened.append(STORES[request.param](tmp_path))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[[], AnyStore]) -> AnyStore:
    return open_store()


def test_a_new_store_is_the_empty_log(store: AnyStore) -> None:
    assert store.head() == EMPTY_HEAD
    assert store.head().root == EMPTY_ROOT
    assert list(store.rows(0, 10)) == []
    assert list(store.checkpoints()) == []
    assert store.newest_checkpoint() is None
    assert store.newest_publication() is None
    assert store.tracking("reader") is None
    assert store.command("p-ada", "k") is None
    assert store.find("nothing") is None


def test_entries_come_back_byte_for_byte_and_in_order(store: AnyStore) -> None:
    with store.transaction() as tx:
        rows = rows_for(tx, note("s", 5))
        tx.insert_rows(rows)
    assert list(store.rows(0, 10)) == rows
    assert list(store.rows(1, 2)) == rows[1:3]
    assert list(store.rows(5, 2)) == []


def test_a_stream_is_read_from_any_version_on(store: AnyStore) -> None:
    grow(store, note("s", 3))
    grow(store, note("other", 2))
    grow(store, note("s", 1))
    assert [row.version for row in store.stream_rows("s")] == [1, 2, 3, 4]
    assert [row.position for row in store.stream_rows("s")] == [0, 1, 2, 5]
    assert [row.version for row in store.stream_rows("s", 2)] == [3, 4]
    assert [row.version for row in store.stream_rows("s", 1, 2)] == [2, 3]
    assert list(store.stream_rows("none")) == []


def test_entries_are_found_by_type_and_by_event_id(store: AnyStore) -> None:
    with store.transaction() as tx:
        rows = rows_for(tx, note("s", 3))
        tx.insert_rows(rows)
    assert store.find(rows[1].event_id) == rows[1]
    assert list(store.rows_of_type(["test.noted.v1", "other.v1"], 1, 10)) == rows[1:]
    assert list(store.rows_of_type(["test.noted.v1"], 0, 2)) == rows[:2]
    assert list(store.rows_of_type(["other.v1"], 0, 10)) == []
    assert list(store.rows_of_type([], 0, 10)) == []


def test_the_head_of_a_stream_is_its_newest_entry(store: AnyStore) -> None:
    grow(store, note("s", 2))
    (newest,) = store.stream_rows("s", 1)
    assert store.stream_heads(["s", "none"]) == {"s": StreamHead(2, newest.leaf_hash.hex(), NOW)}


def test_the_newest_entry_of_each_stream_is_told_for_any_size(store: AnyStore) -> None:
    for stream, count in (("b", 2), ("a-1", 1), ("a", 3), ("b", 1), ("c", 1), ("a", 1)):
        grow(store, note(stream, count))

    def newest(size: int, after: str = "", limit: int = 100) -> list[tuple[str, int]]:
        return [(row.stream, row.version) for row in store.newest_rows(size, after, limit)]

    assert newest(0) == []
    assert newest(1) == [("b", 1)]
    assert newest(6) == [("a", 3), ("a-1", 1), ("b", 2)]
    assert newest(9) == newest(99) == [("a", 4), ("a-1", 1), ("b", 3), ("c", 1)]
    assert newest(9, "a", 2) == [("a-1", 1), ("b", 3)]
    # A stream that is too new takes no place among the first.
    assert newest(1, "", 1) == [("b", 1)]


def test_a_transaction_sees_its_own_changes_and_nobody_else_does(store: AnyStore) -> None:
    with store.transaction() as tx:
        rows = rows_for(tx, note("s"))
        tx.insert_rows(rows)
        assert list(tx.rows(0, 10)) == rows
        assert list(store.rows(0, 10)) == []
    assert list(store.rows(0, 10)) == rows


def test_an_error_undoes_everything(store: AnyStore) -> None:
    def write() -> None:
        with store.transaction() as tx:
            rows = rows_for(tx, note("s", 2))
            tx.insert_rows(rows)
            tx.insert_command(_command("k"), NOW)
            tx.advance_tracking(Tracking("reader", 7))
            tx.set_head(Head(2, bytes(32), (bytes(32),), -1))
            raise KeyError

    with pytest.raises(KeyError):
        write()
    assert store.head() == EMPTY_HEAD
    assert list(store.rows(0, 10)) == []
    assert store.command("p-ada", "k") is None
    assert store.tracking("reader") is None
    assert grow(store).size == 1


def test_a_savepoint_undoes_what_is_inside_and_nothing_else(store: AnyStore) -> None:
    def refused() -> None:
        with tx.savepoint():
            tx.insert_command(_command("inner"), NOW)
            tx.insert_command(_command("inner"), NOW)

    with store.transaction() as tx:
        tx.insert_command(_command("before"), NOW)
        with pytest.raises(RowRefused):
            refused()
        with tx.savepoint():
            tx.insert_command(_command("after"), NOW)
    known = [key for key in ("before", "inner", "after") if store.command("p-ada", key)]
    assert known == ["before", "after"]


def test_what_is_committed_is_there_when_the_store_is_opened_again(
    open_store: Callable[[], AnyStore],
) -> None:
    first = open_store()
    head = grow(first, by=300)
    rows = list(first.rows(0, 300))
    first.close()
    again = open_store()
    assert again.head() == head
    assert list(again.rows(0, 300)) == rows


def test_only_one_transaction_at_a_time(store: AnyStore) -> None:
    order: list[str] = []
    inside = threading.Event()

    def other() -> None:
        inside.wait()
        with store.transaction():
            order.append("second")

    thread = threading.Thread(target=other)
    thread.start()
    with store.transaction():
        inside.set()
        thread.join(0.1)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_a_transaction_of_somebody_else_is_waited_for_and_then_reported(
    open_store: Callable[[], AnyStore],
) -> None:
    one, two = open_store(), open_store()
    with one.transaction(), pytest.raises(StoreBusy, match="another process holds it"), two.transaction():
        pass
    assert grow(two).size == 1
    assert one.head().size == 1


def test_the_head_is_what_was_set_and_only_grows(store: AnyStore) -> None:
    with store.transaction() as tx:
        rows = rows_for(tx, note("s", 3))
        tx.insert_rows(rows)
        hashes = tuple(row.leaf_hash for row in rows[:2])
        tx.set_head(Head(3, bytes(range(32)), hashes, 1))
    assert store.head() == Head(3, bytes(range(32)), hashes, 1)
    for size in (2, 3, 4):
        with pytest.raises(RowRefused), store.transaction() as tx:
            tx.set_head(Head(size, EMPTY_ROOT, (), 1))
    assert store.head().size == 3


def test_an_idempotency_key_is_remembered_once(store: AnyStore) -> None:
    command = CommandRow(principal="p-ada", key="k", request_hash=b"\x01" * 32, first=3, count=2)
    with store.transaction() as tx:
        tx.insert_command(command, NOW)
        assert tx.command("p-ada", "k") == command
    assert store.command("p-ada", "k") == command
    assert store.command("p-bob", "k") is None
    with pytest.raises(RowRefused), store.transaction() as tx:
        tx.insert_command(_command("k"), NOW)
    assert store.command("p-ada", "k") == command


def test_old_idempotency_keys_are_forgotten(store: AnyStore) -> None:
    with store.transaction() as tx:
        tx.insert_command(_command("old"), "2026-10-01T00:00:00.000000Z")
        tx.insert_command(_command("new"), "2026-11-01T00:00:00.000000Z")
    with store.transaction() as tx:
        tx.forget_commands("2026-11-01T00:00:00.000000Z")
    assert store.command("p-ada", "old") is None
    assert store.command("p-ada", "new") is not None


def test_a_reader_only_moves_forward(store: AnyStore) -> None:
    with store.transaction() as tx:
        tx.advance_tracking(Tracking("reader", 5))
        tx.advance_tracking(Tracking("reader", 8))
        tx.advance_tracking(Tracking("other", 1))
    for position in (7, 8):
        with pytest.raises(RowRefused, match="reader is at or beyond"), store.transaction() as tx:
            tx.advance_tracking(Tracking("reader", position))
    assert (store.tracking("reader"), store.tracking("other")) == (8, 1)


@pytest.mark.parametrize("values", [Tracking("reader", 2**63), Tracking("\ud800", 1)], ids=["number", "text"])
def test_a_value_that_no_row_can_hold_is_refused(store: AnyStore, values: Tracking) -> None:
    with pytest.raises(RowRefused), store.transaction() as tx:
        tx.advance_tracking(values)
    assert grow(store).size == 1


@pytest.mark.parametrize("size", [1, 255, 256, 257, 700])
def test_every_tile_is_that_of_the_tree(store: AnyStore, size: int) -> None:
    grow(store, by=size)
    log = MemoryLog([row.envelope for row in store.rows(0, size)])
    assert store.head().root == log.roots[size] == frontier_root(store.head().frontier)
    for tile in tiles_of(size):
        assert store.read_tile(tile) == log.read(tile)
        assert store.stored_tile(tile) == (log.read(tile) if tile.width == WIDTH else None)
        assert store.computed_tile(tile) == log.read(tile)
    for tile in bundles_of(size):
        assert store.read_tile(tile) == log.read(tile)


def test_a_partial_tile_of_any_width_is_served_also_when_it_is_full_by_now(store: AnyStore) -> None:
    grow(store, by=300)
    envelopes = [row.envelope for row in store.rows(0, 300)]
    leaves = [row.leaf_hash for row in store.rows(0, 300)]
    for width in (1, 44, 200, 255):
        assert store.read_tile(Tile(0, 0, width)) == b"".join(leaves[:width])
        assert store.read_tile(Tile(ENTRIES, 0, width)) == encode_bundle(envelopes[:width])


@pytest.mark.parametrize(
    "tile", [Tile(0, 0, 4), Tile(0, 1, 1), Tile(1, 0, 1), Tile(ENTRIES, 0, 4), Tile(ENTRIES, 1, 1)]
)
def test_a_tile_beyond_the_log_is_not_served(store: AnyStore, tile: Tile) -> None:
    grow(store, by=3)
    with pytest.raises(IntegrityError, match="tile/"):
        store.read_tile(tile)


def test_tiles_that_became_full_are_named_lower_levels_first() -> None:
    assert completed_tiles(0, 255) == ()
    assert completed_tiles(255, 256) == (Tile(0, 0),)
    assert completed_tiles(256, 1024) == (Tile(0, 1), Tile(0, 2), Tile(0, 3))
    assert completed_tiles(65_535, 65_536) == (Tile(0, 255), Tile(1, 0))


def test_full_tiles_of_a_level_are_inserted_in_order(store: AnyStore) -> None:
    hashes = bytes(WIDTH * 32)
    with store.transaction() as tx:
        tx.insert_tile(Tile(0, 0), hashes)
        tx.insert_tile(Tile(0, 1), hashes)
    for tile in (Tile(0, 0), Tile(0, 3), Tile(1, 1)):
        with pytest.raises(RowRefused), store.transaction() as tx:
            tx.insert_tile(tile, hashes)


def test_checkpoints_come_smallest_first_and_the_newest_is_the_largest(store: AnyStore) -> None:
    for size in range(1, 4):
        grow(store)
        with store.transaction() as tx:
            tx.insert_checkpoint(_signed(size))
    assert list(store.checkpoints()) == [_signed(1), _signed(2), _signed(3)]
    assert list(store.checkpoints(above=1)) == [_signed(2), _signed(3)]
    assert store.newest_checkpoint() == _signed(3)


def test_more_checkpoints_than_one_page_holds_are_all_yielded(store: AnyStore) -> None:
    count = 1_001
    grow(store, by=count)
    with store.transaction() as tx:
        for size in range(1, count + 1):
            tx.insert_checkpoint(_signed(size))
    assert [signed.size for signed in store.checkpoints()] == list(range(1, count + 1))


@pytest.mark.parametrize("size", [1, 2, 4])
def test_a_checkpoint_that_does_not_grow_or_is_beyond_the_head_is_refused(store: AnyStore, size: int) -> None:
    grow(store, by=3)
    with store.transaction() as tx:
        tx.insert_checkpoint(_signed(2))
    with pytest.raises(RowRefused), store.transaction() as tx:
        tx.insert_checkpoint(SignedCheckpoint(size, b"\xff" * 32, b"another note", NOW))
    assert list(store.checkpoints()) == [_signed(2)]


def test_the_largest_published_checkpoint_is_the_one_served(store: AnyStore) -> None:
    grow(store, by=3)
    with store.transaction() as tx:
        tx.insert_checkpoint(_signed(2))
        tx.insert_checkpoint(_signed(3))
    assert store.newest_publication() is None
    with store.transaction() as tx:
        tx.publish(3, NOW)
        tx.publish(2, NOW)
        tx.publish(3, NOW)
    assert store.newest_publication() == _signed(3)
    assert store.publication(3) == _signed(3)
    assert store.publication(2) == _signed(2)
    assert store.publication(1) is None


def test_only_a_signed_checkpoint_can_be_published(store: AnyStore) -> None:
    grow(store, by=3)
    with pytest.raises(RowRefused), store.transaction() as tx:
        tx.publish(3, NOW)


def test_a_closed_store_answers_nothing(store: AnyStore) -> None:
    grow(store)
    store.close()
    with pytest.raises(StoreError, match="already closed"):
        store.head()
    with pytest.raises(StoreError, match="already closed"), store.transaction():
        pass
    store.close()


def test_many_threads_may_read_while_one_writes(store: AnyStore) -> None:
    wrong: list[str] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            head = store.head()
            if len(store.rows(0, head.size)) != head.size:
                wrong.append(f"fewer than {head.size} entries")

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(50):
        grow(store)
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def _command(key: str) -> CommandRow:
    return CommandRow(principal="p-ada", key=key, request_hash=bytes(32))


def _signed(size: int) -> SignedCheckpoint:
    return SignedCheckpoint(size, bytes([size % 256]) * 32, f"note {size}".encode(), NOW)


PLACE = Partition(cluster="c", reader="g", topic="t", partition=0)


def test_a_partition_has_one_owner_and_moves_forward_with_it_alone(store: AnyStore) -> None:
    assert store.source_offset(PLACE) is None
    with store.transaction() as tx:
        first = take_over(tx, PLACE, "id", 5)
    assert (first.epoch, first.next_offset) == (1, 5)
    with store.transaction() as tx:
        moved = advance(tx, Advance(first, 8))
    with store.transaction() as tx:
        second = take_over(tx, PLACE, "id", 0)
    assert (second.epoch, second.next_offset) == (2, 8)
    for step in (Advance(moved, 9), Advance(first, 9), Advance(second, 8), Advance(second, 7)):
        with pytest.raises(OffsetFenced), store.transaction() as tx:
            advance(tx, step)
    assert store.source_offset(PLACE) == second


def test_a_partition_that_is_moved_by_hand_fences_its_owner_off(store: AnyStore) -> None:
    with store.transaction() as tx:
        owned = take_over(tx, PLACE, "id", 5)
    with store.transaction() as tx:
        reposition(tx, PLACE, "other", 2)
    with pytest.raises(OffsetFenced), store.transaction() as tx:
        advance(tx, Advance(owned, 9))
    found = store.source_offset(PLACE)
    assert found is not None
    assert (found.topic_id, found.next_offset, found.epoch) == ("other", 2, 2)
