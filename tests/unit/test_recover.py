"""A database set back to an older copy is noticed, and gets its entries back from another copy of the log.

Byte for byte and only if everything fits; from a copy that is forged, forked or cut nothing at all is taken.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ledger.append import AppendRequest, Part
from ledger.bundle import decode_bundle, encode_bundle
from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.errors import IntegrityError, ReadOnly, StoreError
from ledger.growth import settle
from ledger.guard import Reference, check
from ledger.keyorders import add_logkey, retire_logkey
from ledger.lastcheckpoint import LastCheckpoint
from ledger.note import format_vkey, log_vkey
from ledger.recover import Recovered, Unrecoverable, recover
from ledger.store.sqlite import SqliteStore
from ledger.tile import bundles_of, tile_path, tile_reader, tiles_of
from tests.support.ledgers import (
    LOG,
    ORIGIN,
    RECORDER_2,
    ROOT,
    check_log,
    draft,
    enrol,
    key_change,
    new_ledger,
    note,
    open_publisher,
    open_writer,
)
from tests.support.logs import MemoryLog, write_tiles
from tests.support.stores import grow, rows_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ledger.signer import Signer

OLD = 301
SIZE = 702
VKEY = format_vkey(log_vkey(ORIGIN, LOG.public_key))


def write_copy(store: SqliteStore, folder: Path, signer: Signer = LOG) -> Path:
    """Write the log as a tlog-tiles directory, with a checkpoint by ``signer``."""
    head = store.head()
    for tile in (*tiles_of(head.size), *bundles_of(head.size)):
        path = folder / tile_path(tile)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(store.read_tile(tile))
    checkpoint = Checkpoint(origin=ORIGIN, size=head.size, root=head.root)
    (folder / "checkpoint").write_bytes(sign_checkpoint(checkpoint, signer))
    return folder


def reader(folder: Path) -> Callable[[str], bytes]:
    """Return how ``recover`` reads a directory."""

    def read(path: str) -> bytes:
        try:
            return (folder / path).read_bytes()
        except OSError as e:
            raise StoreError(f"{path}: {e.strerror}") from e

    return read


def references(home: Path) -> list[Reference]:
    promised = LastCheckpoint(home / "last-checkpoint").read()
    assert promised is not None
    return [Reference("the file last-checkpoint", promised)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make ``old/`` and ``new/``, homes of one log at two moments, and ``copy/``, a copy of the newer."""
    base = tmp_path_factory.mktemp("homes")
    new, old = base / "new", base / "old"
    new.mkdir()
    store, writer = new_ledger(new)
    writer.append(note("s", OLD - 1))
    open_publisher(store, new).publish()
    writer.close()
    store.close()
    shutil.copytree(new, old)
    store = SqliteStore(new / "ledger.db")
    writer = open_writer(store)
    writer.append(note("s", 100))
    writer.append(enrol(store, RECORDER_2))
    second = open_writer(store, signer=RECORDER_2)
    second.append(note("t", 300))
    open_publisher(store, new).publish()
    assert store.head().size == SIZE
    write_copy(store, base / "copy")
    for each in (writer, second):
        each.close()
    store.close()
    return base


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """Return the home after somebody restored the database from an old copy: the record outside is newer."""
    home = tmp_path / "restored"
    shutil.copytree(made / "old", home)
    shutil.copy(made / "new" / "last-checkpoint", home)
    return home


@pytest.fixture
def store(home: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(home / "ledger.db")
    yield store
    check_log(store)
    store.close()


@pytest.fixture
def copy(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made / "copy", tmp_path / "copy"))


def guarded(store: SqliteStore, home: Path) -> None:
    head = store.head()
    check(references(home), ORIGIN, head.size, tile_reader(store.read_tile, head.size))


def refused(store: SqliteStore, home: Path, folder: Path, match: str) -> None:
    """Assert that recovery from ``folder`` is refused and the log is as it was."""
    before = store.head()
    with pytest.raises(IntegrityError, match=match):
        recover(store, ORIGIN, reader(folder), references(home))
    assert store.head() == before
    assert len(store.rows(0, SIZE)) == before.size


@pytest.mark.req("R-SVC-05")
def test_a_restored_old_copy_is_read_only(store: SqliteStore, home: Path) -> None:
    with pytest.raises(
        ReadOnly, match="promises 702 entries and the log has 301: entries 301 to 701 are missing"
    ):
        guarded(store, home)
    writer = open_writer(store)
    writer.append(note("s"))
    writer.close()
    # Were it written to nevertheless, no checkpoint of it would be signed.
    with pytest.raises(ReadOnly, match="entries 302 to 701 are missing"):
        open_publisher(store, home).publish()
    assert [signed.size for signed in store.checkpoints()] == [OLD]


def test_recovery_restores_the_very_same_log(store: SqliteStore, home: Path, made: Path, copy: Path) -> None:
    assert recover(store, ORIGIN, reader(copy), references(home)) == Recovered(before=OLD, after=SIZE)
    newer = SqliteStore(made / "new" / "ledger.db")
    assert store.head() == newer.head()
    assert store.rows(0, SIZE) == newer.rows(0, SIZE)
    guarded(store, home)
    published = open_publisher(store, home).publish()
    signed = newer.newest_checkpoint()
    newer.close()
    assert published is not None
    assert signed is not None
    assert published.note == signed.note
    writer = open_writer(store, signer=RECORDER_2)
    writer.append(note("t", expected=300))
    writer.close()


def test_a_log_that_lacks_nothing_stays_as_it_is(made: Path, tmp_path: Path, copy: Path) -> None:
    home = Path(shutil.copytree(made / "new", tmp_path / "whole"))
    store = SqliteStore(home / "ledger.db")
    assert recover(store, ORIGIN, reader(copy), references(home)) == Recovered(SIZE, SIZE)
    assert recover(store, ORIGIN, reader(copy), []) == Recovered(SIZE, SIZE)
    store.close()


def test_a_lost_database_is_recovered_by_the_pinned_key(tmp_path: Path, home: Path, copy: Path) -> None:
    store = SqliteStore(tmp_path / "lost.db")
    with pytest.raises(Unrecoverable, match="leaf 0 at least"):
        recover(store, ORIGIN, reader(copy), references(home))
    stranger = format_vkey(log_vkey(ORIGIN, RECORDER_2.public_key))
    with pytest.raises(IntegrityError):
        recover(store, ORIGIN, reader(copy), references(home), pinned=stranger)
    assert store.head().size == 0
    assert recover(store, ORIGIN, reader(copy), references(home), pinned=VKEY) == Recovered(0, SIZE)
    check_log(store)
    store.close()


def test_a_log_key_that_was_replaced_in_the_missing_part_is_followed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    store, writer = new_ledger(home)
    writer.append(note("s", 5))
    writer.close()
    store.close()
    shutil.copy(home / "ledger.db", tmp_path / "old.db")
    store = SqliteStore(home / "ledger.db")
    writer = open_writer(store)
    writer.append(key_change(store, lambda head: add_logkey(head, RECORDER_2, [ROOT])))
    writer.append(key_change(store, lambda head: retire_logkey(head, LOG.public_key, [ROOT])))
    writer.append(note("s", 5))
    copy = write_copy(store, tmp_path / "copy", RECORDER_2)
    stale = write_copy(store, tmp_path / "stale", LOG)
    writer.close()
    old = SqliteStore(tmp_path / "old.db")
    with pytest.raises(IntegrityError):
        recover(old, ORIGIN, reader(stale), [])
    assert recover(old, ORIGIN, reader(copy), []).after == store.head().size
    check_log(old)
    old.close()
    store.close()


# --- copies that do not fit ---------------------------------------------------------------------------------


def flip(path: Path, index: int) -> None:
    data = bytearray(path.read_bytes())
    data[index] ^= 1
    path.write_bytes(data)


LAST = "tile/entries/002.p/190"


@pytest.mark.parametrize(
    ("path", "index"),
    # Of bundle 1 only the later part is missing here; its lengths decide where that begins.
    [("tile/entries/001", index) for index in (0, 1, -200, -1)]
    + [(LAST, index) for index in (0, 1, 2, 40, 20_000, -200, -50, -1)],
)
def test_a_flipped_bit_in_the_missing_entries_is_refused(
    store: SqliteStore, home: Path, copy: Path, path: str, index: int
) -> None:
    flip(copy / path, index)
    refused(store, home, copy, "expected")


def test_a_missing_bundle_is_refused(store: SqliteStore, home: Path, copy: Path) -> None:
    (copy / LAST).unlink()
    before = store.head()
    with pytest.raises(StoreError, match="No such file"):
        recover(store, ORIGIN, reader(copy), references(home))
    assert store.head() == before


@pytest.mark.parametrize("change", ["cut", "doubled", "swapped", "longer"])
def test_entries_that_are_not_those_of_the_log_are_refused(
    store: SqliteStore, home: Path, copy: Path, change: str
) -> None:
    path = copy / LAST
    entries = list(decode_bundle(path.read_bytes(), "bundle"))
    match change:
        case "cut":
            del entries[-1]
        case "doubled":
            entries[100] = entries[101]
        case "swapped":
            entries[100], entries[101] = entries[101], entries[100]
        case "longer":
            entries.append(entries[-1])
    path.write_bytes(encode_bundle(entries))
    refused(store, home, copy, "expected")


def test_an_entry_that_no_checkpoint_covers_is_refused(
    store: SqliteStore, home: Path, copy: Path, made: Path
) -> None:
    """It would fit: signed and chained; but nobody has promised it."""
    newer = SqliteStore(made / "new" / "ledger.db")
    (row,) = rows_for(newer, note("u"), RECORDER_2)
    newer.close()
    entries = decode_bundle((copy / LAST).read_bytes(), "bundle")
    (copy / LAST).write_bytes(encode_bundle([*entries, row.envelope]))
    refused(store, home, copy, "expected 190 entries, found 191")


@pytest.mark.parametrize("signer", [RECORDER_2, ROOT], ids=["recorder", "root"])
def test_a_checkpoint_by_another_key_is_refused(
    store: SqliteStore, home: Path, copy: Path, signer: Signer
) -> None:
    promised = references(home)[0].checkpoint
    (copy / "checkpoint").write_bytes(sign_checkpoint(promised, signer))
    refused(store, home, copy, "expected")


@pytest.mark.parametrize("size", [SIZE, 600])
def test_a_checkpoint_with_another_root_is_refused(
    store: SqliteStore, home: Path, copy: Path, made: Path, size: int
) -> None:
    """Signed by the log key itself: still the entries must make it."""
    newer = SqliteStore(made / "new" / "ledger.db")
    for tile in bundles_of(size):
        (copy / tile_path(tile)).parent.mkdir(parents=True, exist_ok=True)
        (copy / tile_path(tile)).write_bytes(newer.read_tile(tile))
    newer.close()
    wrong = Checkpoint(origin=ORIGIN, size=size, root=b"\x07" * 32)
    (copy / "checkpoint").write_bytes(sign_checkpoint(wrong, LOG))
    refused(store, home, copy, "the other copy's checkpoint promises root")


def test_a_checkpoint_of_another_log_is_refused(store: SqliteStore, home: Path, copy: Path) -> None:
    promised = references(home)[0].checkpoint
    other = Checkpoint(origin="other.example/log", size=promised.size, root=promised.root)
    (copy / "checkpoint").write_bytes(sign_checkpoint(other, LOG))
    refused(store, home, copy, "expected")


def test_a_copy_that_is_shorter_than_the_log_is_refused(
    store: SqliteStore, home: Path, tmp_path: Path
) -> None:
    other = SqliteStore(tmp_path / "short.db")
    short = write_copy(_regrown(other, store, 200), tmp_path / "short")
    other.close()
    refused(store, home, short, "at least 301 entries")


def test_a_copy_that_leaves_a_promise_unfulfilled_is_refused(
    store: SqliteStore, home: Path, made: Path, tmp_path: Path
) -> None:
    newer, other = SqliteStore(made / "new" / "ledger.db"), SqliteStore(tmp_path / "part.db")
    part = write_copy(_regrown(other, newer, 500), tmp_path / "part")
    newer.close()
    other.close()
    refused(store, home, part, "promises 702 entries and the log has 500")


def test_a_valid_fork_is_refused(store: SqliteStore, home: Path, made: Path, tmp_path: Path) -> None:
    """Same beginning, other entries, all of them rightly signed: the promise outside decides."""
    fork = SqliteStore(tmp_path / "fork.db")
    _regrown(fork, store, OLD)
    grow(fork, note("s", SIZE - OLD))
    copy = write_copy(fork, tmp_path / "fork")
    fork.close()
    refused(store, home, copy, "the file last-checkpoint promises root")


def test_a_fork_that_begins_before_our_last_entry_is_refused(
    store: SqliteStore, home: Path, tmp_path: Path
) -> None:
    fork = SqliteStore(tmp_path / "fork.db")
    _regrown(fork, store, OLD - 1)
    grow(fork, note("u", SIZE - OLD + 1))
    copy = write_copy(fork, tmp_path / "fork")
    fork.close()
    before = store.head()
    with pytest.raises(IntegrityError):
        recover(store, ORIGIN, reader(copy), [])
    assert store.head() == before


def test_a_copy_in_which_two_entries_have_one_id_is_refused(
    store: SqliteStore, home: Path, tmp_path: Path
) -> None:
    """Signed, chained and in the tree; but no store of ours would ever have taken it."""
    rows = store.rows(0, OLD)
    again = AppendRequest((Part("u", 0, (draft(event_id=rows[7].event_id),)),))
    entries = [row.envelope for row in (*rows, *rows_for(store, again))]
    copy = write_tiles(MemoryLog(entries), tmp_path / "doubled")
    before = store.head()
    with pytest.raises(
        Unrecoverable, match=r"entries 301 to 301: expected entries that fit.*event_id is not new"
    ):
        recover(store, ORIGIN, reader(copy), [])
    assert store.head() == before


def test_a_log_whose_own_entries_do_not_hold_is_not_extended(
    store: SqliteStore, home: Path, copy: Path
) -> None:
    with pytest.raises(Unrecoverable, match="source"):
        recover(store, "other.example/log", reader(copy), references(home))
    assert store.head().size == OLD


def test_a_log_that_grows_meanwhile_is_not_extended(store: SqliteStore, home: Path, copy: Path) -> None:
    def read(path: str) -> bytes:
        if path == "checkpoint":
            grow(store, note("u"))
        return reader(copy)(path)

    with pytest.raises(Unrecoverable, match="with the service stopped"):
        recover(store, ORIGIN, read, references(home))
    assert store.head().size == OLD + 1


def _regrown(target: SqliteStore, source: SqliteStore, size: int) -> SqliteStore:
    """Return ``target``, an empty store, with the first ``size`` entries of ``source``."""
    with target.transaction() as tx:
        rows = source.rows(0, size)
        tx.insert_rows(rows)
        settle(tx, tx.head(), rows)
    return target
