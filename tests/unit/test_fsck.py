"""``log fsck`` reports each kind of damage that somebody with full access can do, and nothing else.

The triggers are dropped first and the damage done with plain SQL, so that nothing of ours is in the way.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from ledger.canonical import encode
from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.dsse import parse_envelope, seal
from ledger.event import encode_event, parse_event
from ledger.finding import Finding
from ledger.fsck import Fsck
from ledger.growth import settle
from ledger.merkle import extend, frontier_root, leaf_hash
from ledger.store.connection import connect
from ledger.store.sqlite import SqliteStore
from tests.support.ledgers import (
    LOG,
    NOW,
    ORIGIN,
    RECORDER,
    RECORDER_2,
    check_log,
    enrol,
    new_ledger,
    note,
    open_publisher,
    retire,
)
from tests.support.stores import rows_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.event import Event
    from ledger.signer import Signer

SIZE = 302  # leaf 0, a key fact, 200 in stream s and 100 in stream t


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a log with a tile, key facts and two checkpoints, and without triggers."""
    folder = tmp_path_factory.mktemp("log")
    store, writer = new_ledger(folder)
    publisher = open_publisher(store, folder)
    writer.append(enrol(store, RECORDER_2))
    writer.append(note("s", 199))
    publisher.publish()
    writer.append(note("s"))
    writer.append(note("t", 100))
    publisher.publish()
    writer.close()
    check_log(store)
    store.close()
    raw = connect(store.path)
    for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    raw.close()
    return store.path


class Victim:
    """A copy of that log, open to everybody."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.raw = connect(path)
        self.raw.execute("PRAGMA synchronous = OFF")
        self.raw.execute("PRAGMA foreign_keys = OFF")
        self.raw.execute("PRAGMA ignore_check_constraints = ON")

    def sql(self, sql: str, *values: object) -> None:
        assert self.raw.execute(sql, values).rowcount == 1, "the damage was not done"

    def envelope(self, position: int) -> bytes:
        found: bytes = self.raw.execute(
            "SELECT envelope FROM event WHERE position = ?", (position,)
        ).fetchone()[0]
        return found

    def event(self, position: int) -> Event:
        return parse_event(parse_envelope(self.envelope(position), "entry").payload, "entry")

    def rewrite(self, position: int, signer: Signer = RECORDER, **changes: object) -> None:
        """Replace an entry by another that is signed and whose row repeats it."""
        event = msgspec.structs.replace(self.event(position), **changes)
        envelope = seal(encode_event(event), signer)
        self.sql(
            "UPDATE event SET stream = ?, version = ?, type = ?, event_id = ?, prev_hash = ?, leaf_hash = ?, "
            "envelope = ? WHERE position = ?",
            event.subject,
            event.streamversion,
            event.type,
            event.id,
            bytes.fromhex(event.prevhash),
            leaf_hash(envelope),
            envelope,
            position,
        )

    def fsck(self) -> list[Finding]:
        store = SqliteStore(self.path)
        try:
            return list(Fsck(store, ORIGIN).run())
        finally:
            store.close()


@pytest.fixture
def victim(made: Path, tmp_path: Path) -> Iterator[Victim]:
    victim = Victim(Path(shutil.copy(made, tmp_path)))
    yield victim
    victim.raw.close()


def kinds(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.kind, finding.place) for finding in findings]


def test_a_whole_log_has_no_findings(victim: Victim) -> None:
    assert victim.fsck() == []


def test_the_keyring_and_the_progress_are_there_afterwards(victim: Victim) -> None:
    store = SqliteStore(victim.path)
    seen: list[tuple[int, int]] = []
    fsck = Fsck(store, ORIGIN, lambda done, total: seen.append((done, total)))
    assert list(fsck.run()) == []
    assert fsck.audit.keyring.position == 1
    assert seen == [(SIZE, SIZE)]
    store.close()


# --- rows ---------------------------------------------------------------------------------------------------

COLUMNS = {
    "stream": "'other'",
    "version": "9999",
    "type": "'other.v1'",
    "event_id": "'another'",
    "prev_hash": "zeroblob(32)",
    "leaf_hash": "zeroblob(32)",
}


@pytest.mark.parametrize("position", [0, 1, 77, SIZE - 1])
@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_that_does_not_repeat_the_envelope(victim: Victim, column: str, position: int) -> None:
    victim.sql(f"UPDATE event SET {column} = {COLUMNS[column]} WHERE position = ?", position)
    assert ("row", f"entry {position}, column {column}") in kinds(victim.fsck())


def test_a_changed_row_alone_is_the_only_finding(victim: Victim) -> None:
    victim.sql("UPDATE event SET type = 'other.v1' WHERE position = 77")
    (found,) = victim.fsck()
    assert found == Finding("row", "entry 77, column type", "test.noted.v1", "other.v1")
    assert str(found) == "row: entry 77, column type: expected test.noted.v1, found other.v1"


# --- entries ------------------------------------------------------------------------------------------------


def flipped(data: bytes, index: int) -> bytes:
    return data[:index] + bytes([data[index] ^ 1]) + data[index + 1 :]


@pytest.mark.parametrize("index", [0, 12, 40, -100, -10, -1])
def test_a_flipped_bit_in_an_envelope(victim: Victim, index: int) -> None:
    envelope = victim.envelope(77)
    changed = flipped(envelope, index % len(envelope))
    victim.sql(
        "UPDATE event SET envelope = ?, leaf_hash = ? WHERE position = 77", changed, leaf_hash(changed)
    )
    findings = victim.fsck()
    assert any(place.startswith("entry 77") for _, place in kinds(findings))
    # Whatever is found in the entry: the tree says it as well.
    assert ("checkpoint", "checkpoint 201, root") in kinds(findings)


def test_an_entry_that_is_signed_by_nobody(victim: Victim) -> None:
    victim.rewrite(SIZE - 1, signer=LOG)
    assert ("key", f"entry {SIZE - 1}") in kinds(victim.fsck())


def test_an_entry_with_a_signature_of_another(victim: Victim) -> None:
    envelope = victim.envelope(SIZE - 1)
    other = victim.envelope(SIZE - 2)
    changed = envelope[:-93] + other[-93:]
    victim.sql(
        "UPDATE event SET envelope = ?, leaf_hash = ? WHERE position = ?",
        changed,
        leaf_hash(changed),
        SIZE - 1,
    )
    assert ("signature", f"entry {SIZE - 1}, signature") in kinds(victim.fsck())


def test_an_entry_signed_before_its_key_was_enrolled(victim: Victim) -> None:
    victim.rewrite(0, signer=RECORDER_2)
    assert ("keyring", "entry 0") in kinds(victim.fsck())


def test_an_entry_signed_after_its_key_was_retired(tmp_path: Path) -> None:
    """Only whoever also removes the writer's own check can make such a log."""
    store, writer = new_ledger(tmp_path)
    writer.append(enrol(store, RECORDER_2))
    writer.append(retire(store, RECORDER))
    with store.transaction() as tx:
        rows = rows_for(tx, note("s"), RECORDER)
        tx.insert_rows(rows)
        settle(tx, tx.head(), rows)
    writer.close()
    assert kinds(list(Fsck(store, ORIGIN).run())) == [("key", "entry 3")]
    store.close()


def test_an_entry_of_another_log(victim: Victim) -> None:
    victim.rewrite(SIZE - 1, source="//other.example/log")
    assert ("source", f"entry {SIZE - 1}, source") in kinds(victim.fsck())


def test_a_rewritten_entry_breaks_the_chain_behind_it_and_the_tree(victim: Victim) -> None:
    victim.rewrite(77, data={"n": "rewritten"})
    assert kinds(victim.fsck()) == [
        ("chain", "entry 78, prevhash"),
        ("checkpoint", "checkpoint 201, root"),
        ("tile", "tile/0/000"),
        ("checkpoint", f"checkpoint {SIZE}, root"),
        ("head", f"root at size {SIZE}"),
    ]


def test_a_rewritten_last_entry_breaks_the_tree(victim: Victim) -> None:
    victim.rewrite(SIZE - 1, data={"n": "rewritten"})
    assert kinds(victim.fsck()) == [
        ("checkpoint", f"checkpoint {SIZE}, root"),
        ("head", f"root at size {SIZE}"),
    ]


def test_recorded_time_that_falls(victim: Victim) -> None:
    victim.rewrite(SIZE - 1, recordedtime="2026-11-01T00:00:00.000000Z")
    assert ("time", f"entry {SIZE - 1}, recordedtime") in kinds(victim.fsck())


def test_a_version_that_is_left_out(victim: Victim) -> None:
    victim.rewrite(SIZE - 1, streamversion=101)
    assert ("chain", f"entry {SIZE - 1}, streamversion") in kinds(victim.fsck())


def test_a_key_fact_that_does_not_hold(victim: Victim) -> None:
    data = dict(victim.event(1).data)
    victim.rewrite(1, data={**data, "key": LOG.public_key.hex()})
    findings = victim.fsck()
    assert findings[0].kind == "keyring"
    assert findings[0].place.startswith("entry 1")


def test_an_entry_that_is_not_canonical(victim: Victim) -> None:
    payload = parse_envelope(victim.envelope(SIZE - 1), "entry").payload
    envelope = seal(payload.replace(b'{"', b'{ "', 1), RECORDER)
    victim.sql(
        "UPDATE event SET envelope = ?, leaf_hash = ? WHERE position = ?",
        envelope,
        leaf_hash(envelope),
        SIZE - 1,
    )
    assert ("event", f"entry {SIZE - 1}") in kinds(victim.fsck())


def test_an_entry_that_is_no_event_at_all(victim: Victim) -> None:
    for position, data in ((3, b"x"), (4, seal(encode({"a": 1}), RECORDER))):
        victim.sql("UPDATE event SET envelope = ? WHERE position = ?", data, position)
    found = kinds(victim.fsck())
    assert ("envelope", "entry 3") in found
    assert ("event", "entry 4") in found


# --- positions ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "last"), [(77, 77), (255, 256), (200, 201), (100, SIZE - 2)])
def test_deleted_entries_are_named_once_and_the_rest_is_still_checked(
    victim: Victim, first: int, last: int
) -> None:
    victim.raw.execute("DELETE FROM event WHERE position BETWEEN ? AND ?", (first, last))
    victim.sql("UPDATE event SET type = 'other.v1' WHERE position = ?", SIZE - 1)
    findings = victim.fsck()
    assert Finding("position", f"entry {first}", "an entry", f"none before entry {last + 1}") in findings
    assert [finding for finding in findings if finding.kind == "position"][1:] == []
    assert ("row", f"entry {SIZE - 1}, column type") in kinds(findings)
    assert len(findings) < 8


def test_a_deleted_tail(victim: Victim) -> None:
    victim.sql("DELETE FROM event WHERE position = ?", SIZE - 1)
    assert kinds(victim.fsck()) == [("head", "size"), ("checkpoint", f"checkpoint {SIZE}")]


def test_a_deleted_beginning(victim: Victim) -> None:
    victim.sql("DELETE FROM event WHERE position = 0")
    assert ("position", "entry 0") in kinds(victim.fsck())


def test_no_entries_left(victim: Victim) -> None:
    victim.raw.execute("DELETE FROM event")
    assert ("head", "size") in kinds(victim.fsck())


@pytest.mark.req("R-SVC-05")
def test_a_tail_cut_together_with_the_head_contradicts_the_checkpoint(victim: Victim) -> None:
    """The most careful cut: entries and head are those of an earlier moment."""
    shorter = SqliteStore(victim.path)
    keep = 250
    rows = shorter.rows(0, keep)
    shorter.close()
    victim.raw.execute("DELETE FROM event WHERE position >= ?", (keep,))
    victim.raw.execute("DELETE FROM tile")
    head = _head_of([row.leaf_hash for row in rows])
    victim.sql("UPDATE head SET size = ?, root = ?, frontier = ?", keep, head[0], head[1])
    (found,) = victim.fsck()
    assert found == Finding("checkpoint", f"checkpoint {SIZE}", f"at most {keep} entries", str(SIZE))


def _head_of(leaves: list[bytes]) -> tuple[bytes, bytes]:
    frontier: tuple[bytes, ...] = ()
    for size, leaf in enumerate(leaves):
        frontier = extend(frontier, size, leaf)
    return frontier_root(frontier), b"".join(frontier)


@pytest.mark.parametrize("position", [-1, -(2**63), SIZE, SIZE + 50])
def test_an_entry_where_none_can_be(victim: Victim, position: int) -> None:
    victim.sql(
        "INSERT INTO event SELECT ?, 'stray', 1, type, 'stray', prev_hash, zeroblob(32), envelope "
        "FROM event WHERE position = 5",
        position,
    )
    assert victim.fsck() == [
        Finding("position", f"entry {position}", f"positions 0 to {SIZE - 1}", "an entry")
    ]


def test_two_entries_that_changed_places(victim: Victim) -> None:
    for before, after in ((SIZE - 2, -9), (SIZE - 1, SIZE - 2), (-9, SIZE - 1)):
        victim.sql("UPDATE event SET position = ? WHERE position = ?", after, before)
    found = kinds(victim.fsck())
    assert ("chain", f"entry {SIZE - 2}, streamversion") in found
    assert ("head", f"root at size {SIZE}") in found


# --- tree, tiles, head --------------------------------------------------------------------------------------


def test_a_changed_tile(victim: Victim) -> None:
    victim.sql("UPDATE tile SET hashes = zeroblob(8192)")
    assert kinds(victim.fsck()) == [("tile", "tile/0/000")]


def test_a_missing_tile(victim: Victim) -> None:
    victim.sql("DELETE FROM tile")
    (found,) = victim.fsck()
    assert (found.kind, found.place, found.found) == ("tile", "tile/0/000", "none")


@pytest.mark.parametrize(("level", "index", "path"), [(0, 1, "tile/0/001"), (1, 0, "tile/1/000")])
def test_a_tile_that_is_not_full_yet(victim: Victim, level: int, index: int, path: str) -> None:
    victim.sql("INSERT INTO tile VALUES (?, ?, zeroblob(8192))", level, index)
    assert victim.fsck() == [Finding("tile", path, f"no such tile at size {SIZE}", "one")]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ("root = zeroblob(32)", f"root at size {SIZE}"),
        ("frontier = zeroblob(96)", f"root at size {SIZE}"),
        ("frontier = x''", f"root at size {SIZE}"),
        ("keys_position = 0", "keys_position"),
        ("keys_position = 5", "keys_position"),
    ],
)
def test_a_head_that_is_not_that_of_the_entries(victim: Victim, change: str, place: str) -> None:
    victim.sql(f"UPDATE head SET {change}")
    assert kinds(victim.fsck()) == [("head", place)]


def test_a_head_beyond_the_entries(victim: Victim) -> None:
    victim.sql("UPDATE head SET size = size + 1")
    assert ("head", "size") in kinds(victim.fsck())


def test_no_head(victim: Victim) -> None:
    victim.sql("DELETE FROM head")
    assert victim.fsck() == [Finding("store", "head", "one row", "none")]


def test_a_head_below_the_entries(victim: Victim) -> None:
    victim.sql("UPDATE head SET size = size - 1")
    assert ("position", f"entry {SIZE - 1}") in kinds(victim.fsck())


# --- checkpoints --------------------------------------------------------------------------------------------


def test_a_checkpoint_with_another_root(victim: Victim) -> None:
    victim.sql("UPDATE checkpoint SET root = zeroblob(32) WHERE size = 201")
    assert kinds(victim.fsck()) == [
        ("checkpoint", "checkpoint 201, root"),
        ("checkpoint", "checkpoint 201, note"),
    ]


@pytest.mark.parametrize("origin", [ORIGIN, "other.example/log"])
@pytest.mark.parametrize("signer", [LOG, RECORDER], ids=["log", "recorder"])
def test_a_checkpoint_whose_note_says_something_else(victim: Victim, signer: Signer, origin: str) -> None:
    wrong = sign_checkpoint(Checkpoint(origin=origin, size=201, root=b"\x07" * 32), signer)
    victim.sql("UPDATE checkpoint SET note = ? WHERE size = 201", wrong)
    (found,) = victim.fsck()
    assert found.kind == "checkpoint"


def test_a_checkpoint_whose_note_is_of_another_size(victim: Victim) -> None:
    (note_of_all,) = victim.raw.execute("SELECT note FROM checkpoint WHERE size = ?", (SIZE,)).fetchone()
    victim.raw.execute("DELETE FROM checkpoint WHERE size = ?", (SIZE,))
    victim.sql("UPDATE checkpoint SET note = ? WHERE size = 201", note_of_all)
    assert kinds(victim.fsck()) == [("checkpoint", "checkpoint 201, note")]


def test_a_checkpoint_whose_note_is_no_note(victim: Victim) -> None:
    victim.sql("UPDATE checkpoint SET note = x'00' WHERE size = 201")
    (found,) = victim.fsck()
    assert found.kind == "checkpoint"


def test_a_checkpoint_beyond_the_log(victim: Victim) -> None:
    victim.sql("INSERT INTO checkpoint VALUES (3, 9999, zeroblob(32), x'00', ?)", NOW)
    assert kinds(victim.fsck()) == [("checkpoint", "checkpoint 9999")]


# --- while the log grows ------------------------------------------------------------------------------------


def test_a_log_that_grows_meanwhile_is_not_damaged(tmp_path: Path) -> None:
    """Entries, a tile and a checkpoint come while the pass is at its middle and at its end."""
    store, writer = new_ledger(tmp_path)
    publisher = open_publisher(store, tmp_path)
    writer.append(note("s", 510))
    publisher.publish()

    def grow(_done: int, _total: int) -> None:
        writer.append(note("s", 600))
        publisher.publish()

    assert list(Fsck(store, ORIGIN, grow).run()) == []
    assert store.head().size == 511 + 2 * 600
    writer.close()
    store.close()
