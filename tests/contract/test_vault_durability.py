"""What the vault promises when things fail: all of a put or none of it, and nothing acknowledged is lost."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from application.local_blobs import LocalBlobs
from application.sealing import seal_value, store
from application.unsealing import states
from application.vault import Row, Vault
from ledger.disclosure import State
from ledger.errors import KeyUnavailable, RowRefused, StoreBusy, StoreError, StoreFull
from tests.support.vaults import (
    MASTER,
    OTHER_MASTER,
    STREAM,
    Faults,
    contents,
    count,
    faulty_connections,
    hold,
    seal,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VALUES = ("first", "second", "third")


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Faults:
    return faulty_connections(monkeypatch)


@pytest.fixture
def vault(tmp_path: Path, faults: Faults) -> Iterator[Vault]:
    opened = Vault(tmp_path / "vault.db", MASTER, busy_timeout_s=0.2)
    yield opened
    opened.close()


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


STEPS = [
    "BEGIN",
    "SAVEPOINT",
    "INSERT INTO data_key",
    "SELECT 1 FROM data_key",
    "INSERT INTO sealed",
    "RELEASE",
    "COMMIT",
]


@pytest.mark.parametrize("kept", [False, True], ids=["failed and lost", "failed and kept"])
@pytest.mark.parametrize("step", STEPS)
def test_a_put_that_fails_at_any_step_is_there_whole_or_not_at_all_and_can_be_repeated(
    vault: Vault, faults: Faults, step: str, kept: bool
) -> None:
    refs, pending = seal(vault, *VALUES)
    faults.arm(step, kept=kept)
    with pytest.raises(StoreError, match="disk I/O error"):
        vault.put(pending.rows, pending.keys)
    assert faults.met == 1
    assert contents(vault.path) == ((1, 3) if step == "COMMIT" and kept else (0, 0))
    vault.put(pending.rows, pending.keys)
    assert contents(vault.path) == (1, 3)
    assert [vault.open(ref.c).value for ref in refs] == list(VALUES)


@pytest.mark.parametrize("kept", [False, True], ids=["failed and lost", "failed and kept"])
@pytest.mark.parametrize("step", STEPS)
def test_what_was_acknowledged_before_a_fault_is_there_after_a_restart(
    vault: Vault, faults: Faults, step: str, kept: bool
) -> None:
    early, pending = seal(vault, *VALUES)
    vault.put(pending.rows, pending.keys)
    _, late = seal_value("late", "incident-late", vault)
    faults.arm(step, kept=kept)
    with pytest.raises(StoreError):
        vault.put(late.rows, late.keys)
    vault.close()
    again = Vault(vault.path, MASTER)
    assert [again.open(ref.c).value for ref in early] == list(VALUES)
    assert again.data_key(STREAM).kid == early[0].kid
    assert contents(vault.path) == ((2, 4) if step == "COMMIT" and kept else (1, 3))
    again.close()


@pytest.mark.parametrize(
    "statement", ["BEGIN", "CREATE TABLE data_key", "INSERT INTO master", "PRAGMA user", "COMMIT"]
)
def test_a_vault_whose_making_failed_is_made_at_the_next_try(
    tmp_path: Path, faults: Faults, statement: str
) -> None:
    faults.arm(statement, kept=False)
    with pytest.raises(StoreError):
        Vault(tmp_path / "vault.db", MASTER)
    assert faults.met == 1
    vault = Vault(tmp_path / "vault.db", MASTER)
    refs, pending = seal(vault, *VALUES)
    vault.put(pending.rows, pending.keys)
    assert vault.open(refs[0].c).value == VALUES[0]
    vault.close()


def test_a_full_disk_is_a_clear_error_with_nothing_half_written(vault: Vault, blobs: LocalBlobs) -> None:
    refs, pending = seal(vault, *VALUES)
    vault.put(pending.rows, pending.keys)
    # SQLite's own limit: the file may not grow by one more page.
    vault.change(lambda db: db.execute("PRAGMA max_page_count = 1").fetchone())
    before = contents(vault.path)
    _, large = seal(vault, *("x" * 4000 for _ in range(20)))
    with pytest.raises(StoreFull, match="nothing was written, free some room and try again"):
        store(large, vault, blobs)
    assert contents(vault.path) == before
    assert [vault.open(ref.c).value for ref in refs] == list(VALUES)
    # The connection with the limit is gone, as if room had been made.
    store(large, vault, blobs)
    assert contents(vault.path) == (before[0], before[1] + 20)


def test_a_full_disk_fails_everybody_in_the_transaction_and_nobody_is_told_otherwise(vault: Vault) -> None:
    parts = [seal(vault, "x" * 4000) for _ in range(20)]
    gate = hold(vault)
    vault._commits.submit(lambda db: db.execute("PRAGMA max_page_count = 1").fetchone())
    futures = [vault.submit(pending.rows, pending.keys) for _, pending in parts]
    gate.set()
    errors = [future.exception(10) for future in futures]
    assert {type(error) for error in errors} == {StoreFull}
    assert contents(vault.path) == (0, 0)


def test_a_locked_vault_is_a_clear_error_with_nothing_written(vault: Vault) -> None:
    _, pending = seal(vault, *VALUES)
    other = sqlite3.connect(vault.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy, match="another process holds it, nothing was written"):
        vault.put(pending.rows, pending.keys)
    other.execute("ROLLBACK")
    other.close()
    assert contents(vault.path) == (0, 0)
    vault.put(pending.rows, pending.keys)


def test_readers_do_not_wait_for_a_lock(vault: Vault) -> None:
    refs, pending = seal(vault, *VALUES)
    vault.put(pending.rows, pending.keys)
    other = sqlite3.connect(vault.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert vault.open(refs[0].c).value == VALUES[0]
    other.close()


def test_a_file_that_is_no_vault_is_a_fatal_store_error(tmp_path: Path) -> None:
    (tmp_path / "vault.db").write_bytes(b"not a database, whatever it is" * 40)
    with pytest.raises(StoreError) as raised:
        Vault(tmp_path / "vault.db", MASTER)
    assert raised.value.fatal


def test_a_second_master_key_does_not_replace_the_first(tmp_path: Path) -> None:
    Vault(tmp_path / "vault.db", MASTER).close()
    with pytest.raises(KeyUnavailable):
        Vault(tmp_path / "vault.db", OTHER_MASTER)
    assert count(tmp_path / "vault.db", "master") == 1


def test_a_refused_put_leaves_none_of_its_rows(vault: Vault) -> None:
    _, pending = seal(vault, "good")
    with pytest.raises(RowRefused):
        vault.put([*pending.rows, Row(c="c" * 64, kid=pending.keys[0].kid)], pending.keys)
    assert contents(vault.path) == (0, 0)


def test_a_crash_between_row_and_blob_leaves_a_row_that_no_fact_names(
    vault: Vault, blobs: LocalBlobs
) -> None:
    found, pending = seal_value("x" * 5000, STREAM, vault)
    vault.put(pending.rows, pending.keys)
    assert found.blob is not None
    assert states([found.blob], vault, blobs) == {found.c: State.LOST}
    store(pending, vault, blobs)
    assert states([found.blob], vault, blobs) == {found.c: State.DISCLOSED}


def test_commits_are_synced_and_deletions_overwrite(vault: Vault) -> None:
    def pragmas(db: sqlite3.Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        return [db.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    assert vault.change(pragmas) == ["wal", 2, 1, 1]


def test_the_reading_connection_cannot_write(vault: Vault) -> None:
    with pytest.raises(StoreError, match="readonly"):
        vault.select("DELETE FROM sealed")


@pytest.mark.req("R-CMP-05")
def test_deleted_bytes_are_gone_from_the_files(vault: Vault) -> None:
    refs, pending = seal(vault, *("x" * 3000 for _ in range(20)))
    vault.put(pending.rows, pending.keys)
    boxes = [row.box for row in pending.rows if row.box]
    vault.change(lambda db: db.execute("DELETE FROM sealed"))
    vault.scrub()
    stored = b"".join(p.read_bytes() for p in vault.path.parent.glob("vault.db*"))
    assert not [box for box in boxes if box[-64:] in stored or box[:64] in stored]
    assert vault.missing([ref.c for ref in refs]) == {ref.c for ref in refs}


def test_a_future_that_resolves_means_another_program_sees_the_row(vault: Vault) -> None:
    refs, pending = seal(vault, "seen")
    seen: list[int] = []
    future = vault.submit(pending.rows, pending.keys)
    future.add_done_callback(lambda _: seen.append(count(vault.path, "sealed")))
    future.result(10)
    vault.close()
    assert seen == [1]
    assert refs
