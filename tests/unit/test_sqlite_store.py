"""What is SQLite's own in the store: files, connections, migrations, and its errors in our words."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from ledger.errors import CommitInDoubt, IntegrityError, RowRefused, StoreBusy, StoreError, StoreFull
from ledger.store import connection as module
from ledger.store.connection import connect, make_private, migrate, translated
from ledger.store.connections import Connections
from ledger.store.sqlite import SqliteStore
from tests.support.ledgers import new_ledger, note
from tests.support.stores import grow, rows_for

if TYPE_CHECKING:
    from pathlib import Path


def test_the_files_of_a_log_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = SqliteStore(tmp_path / "ledger.db")
        grow(store)
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"ledger.db": 0o600, "ledger.db-wal": 0o600, "ledger.db-shm": 0o600}
    store.close()


def test_a_commit_is_written_through_to_the_disk(tmp_path: Path) -> None:
    """WAL with synchronous=FULL (2): each commit waits for fsync."""
    with closing(connect(tmp_path / "ledger.db")) as made:
        settings = [made.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert settings == ["wal", 2]


def test_a_reading_connection_cannot_write(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "ledger.db").close()
    reading = connect(tmp_path / "ledger.db", readonly=True)
    with closing(reading), pytest.raises(sqlite3.OperationalError, match="readonly"):
        reading.execute("DELETE FROM lease")


def test_a_log_can_be_opened_and_read_while_somebody_writes(tmp_path: Path) -> None:
    first = SqliteStore(tmp_path / "ledger.db")
    with first.transaction():
        second = SqliteStore(tmp_path / "ledger.db", busy_timeout_s=0.05)
        assert second.head().size == 0
        second.close()
    first.close()


LOCK = """
import fcntl, sys
with open(sys.argv[1], "rb+") as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        print("locked")
"""


def test_making_a_file_private_drops_no_lock_of_this_process(tmp_path: Path) -> None:
    """POSIX: closing any descriptor of a file drops all of the process's locks on it, SQLite's too."""
    path = tmp_path / "ledger.db"
    make_private(path)
    with path.open("rb+") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        make_private(path)
        found = subprocess.run(
            [sys.executable, "-c", LOCK, str(path)], capture_output=True, text=True, check=True
        )
    assert found.stdout == "locked\n"


def test_there_are_as_many_connections_as_questions_at_once(tmp_path: Path) -> None:
    made: list[sqlite3.Connection] = []

    def make() -> sqlite3.Connection:
        made.append(sqlite3.connect(":memory:", check_same_thread=False))
        return made[-1]

    connections = Connections(make)

    def ask() -> None:
        with connections.lend() as connection:
            connection.execute("SELECT 1")

    for _ in range(20):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert len(made) == 1
    with connections.lend() as one, connections.lend() as two:
        assert one is not two
    assert len(made) == 2
    connections.close()


def test_a_connection_that_is_lent_at_the_end_is_closed_when_it_comes_back(tmp_path: Path) -> None:
    connections = Connections(lambda: sqlite3.connect(":memory:"))
    with connections.lend() as connection:
        connections.close()
        connection.execute("SELECT 1")
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")
    with pytest.raises(StoreError, match="already closed"), connections.lend():
        pass


def test_a_connection_comes_back_also_after_an_error() -> None:
    made: list[sqlite3.Connection] = []

    def make() -> sqlite3.Connection:
        made.append(sqlite3.connect(":memory:"))
        return made[-1]

    connections = Connections(make)
    for _ in range(3):
        with pytest.raises(sqlite3.OperationalError), connections.lend() as connection:
            connection.execute("SELECT nonsense")
    assert len(made) == 1
    connections.close()


def test_migrations_are_applied_once(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "ledger.db")) as one:
        assert migrate(one) == migrate(one) == 2


def test_two_processes_that_start_on_an_empty_home_migrate_it_once(tmp_path: Path) -> None:
    failed: list[Exception] = []
    start = threading.Barrier(6)

    def open_() -> None:
        start.wait()
        try:
            SqliteStore(tmp_path / "ledger.db").close()
        except Exception as e:
            failed.append(e)

    threads = [threading.Thread(target=open_) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_migration_that_fails_leaves_nothing_half_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = list(module._statements("CREATE TABLE a (x);\nCREATE TABLE b (y);\nNONSENSE;\n"))
    assert len(statements) == 3
    monkeypatch.setattr(module, "_statements", lambda _: iter(statements))
    with closing(connect(tmp_path / "ledger.db")) as made:
        with pytest.raises(StoreError, match='migration: near "NONSENSE"'):
            migrate(made)
        assert made.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
        assert made.execute("PRAGMA user_version").fetchone() == (0,)


def test_a_script_is_split_where_its_statements_end() -> None:
    trigger = "CREATE TRIGGER t BEFORE DELETE ON a BEGIN\n  SELECT 1;\nEND;\n"
    script = f"-- a; comment\nCREATE TABLE a (x);\n{trigger}-- end\n"
    first, second = module._statements(script)
    assert first.endswith("CREATE TABLE a (x);\n")
    assert second == trigger
    assert list(module._statements("SELECT 1")) == ["SELECT 1"]


def test_a_log_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "ledger.db").close()
    with closing(connect(tmp_path / "ledger.db")) as made:
        made.execute("PRAGMA user_version = 999")
    with pytest.raises(StoreError, match="expected migration 2 or older, found 999; use a newer tallystick"):
        SqliteStore(tmp_path / "ledger.db")


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to look like one" * 50, b"\x00" * 5_000]
)
def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="file is not a database") as raised:
        SqliteStore(path)
    assert raised.value.fatal
    assert path.read_bytes() == content


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"database ledger\.db: cannot be opened: No such file or directory"):
        SqliteStore(tmp_path / "missing" / "ledger.db")


def test_a_head_that_is_gone_is_missing_evidence(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "ledger.db")
    with closing(connect(store.path)) as raw:
        raw.execute("DROP TRIGGER head_delete")
        raw.execute("DELETE FROM head")
    with pytest.raises(IntegrityError, match="head: expected one row, found none"):
        store.head()
    store.close()


def test_a_row_that_does_not_repeat_its_envelope_is_not_built_upon(tmp_path: Path) -> None:
    store, writer = new_ledger(tmp_path)
    writer.append(note("s"))
    writer.close()
    with closing(connect(store.path)) as raw:
        raw.execute("DROP TRIGGER event_update")
        raw.execute("UPDATE event SET version = 7 WHERE stream = 's'")
    with pytest.raises(IntegrityError, match="entry 1, column version: expected 1, found 7"):
        store.stream_heads(["s"])
    store.close()


class Stubborn:
    """A connection on which one statement fails, before or after it is done."""

    def __init__(self, real: sqlite3.Connection) -> None:
        self.real = real
        self.fails, self.done = "", False

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if sql != self.fails:
            return self.real.execute(sql, *values)
        if self.done:
            self.real.execute(sql, *values)
        raise sqlite3.OperationalError("disk I/O error")

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)


@pytest.fixture
def stubborn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[SqliteStore, list[Stubborn]]:
    made: list[Stubborn] = []

    def connect_stubbornly(path: Path, **options: bool) -> Stubborn:
        made.append(Stubborn(connect(path, **options)))
        return made[-1]

    monkeypatch.setattr("ledger.store.sqlite.connect", connect_stubbornly)
    return SqliteStore(tmp_path / "ledger.db"), made


@pytest.mark.parametrize("done", [False, True])
def test_a_commit_that_fails_is_in_doubt_until_a_new_connection_looks(
    stubborn: tuple[SqliteStore, list[Stubborn]], done: bool
) -> None:
    store, made = stubborn
    made[0].fails, made[0].done = "COMMIT", done
    with pytest.raises(CommitInDoubt, match="in doubt: commit: disk I/O error") as raised:
        grow(store)
    assert str(raised.value.cause) == "commit: disk I/O error"
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        made[0].real.execute("SELECT 1")
    with store.transaction() as tx:
        assert tx.head().size == int(done)
    assert grow(store).size == 1 + done
    store.close()


@pytest.mark.parametrize("done", [False, True])
def test_a_connection_that_cannot_roll_back_is_given_up(
    stubborn: tuple[SqliteStore, list[Stubborn]], done: bool
) -> None:
    store, made = stubborn
    made[0].fails, made[0].done = "ROLLBACK", done
    with pytest.raises(RowRefused), store.transaction() as tx:
        tx.insert_rows(rows_for(tx, note("s")) * 2)
    assert store.head().size == 0
    assert grow(store).size == 1
    store.close()


def test_a_transaction_that_sqlite_ended_by_itself_is_not_rolled_back_twice(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "ledger.db")
    grow(store)
    with pytest.raises(RowRefused), store.transaction() as tx:
        # OR ROLLBACK ends the whole transaction where it is refused.
        tx._execute("INSERT OR ROLLBACK INTO event SELECT * FROM event")
    assert grow(store).size == 2
    store.close()


class _Coded(sqlite3.OperationalError):
    def __init__(self, code: int) -> None:
        super().__init__("said SQLite")
        self.sqlite_errorcode = code


@pytest.mark.parametrize(
    ("error", "expected", "fatal"),
    [
        (_Coded(sqlite3.SQLITE_FULL), StoreFull, False),
        (_Coded(sqlite3.SQLITE_BUSY), StoreBusy, False),
        (_Coded(sqlite3.SQLITE_BUSY_SNAPSHOT), StoreBusy, False),
        (_Coded(sqlite3.SQLITE_LOCKED), StoreBusy, False),
        (_Coded(sqlite3.SQLITE_IOERR_FSYNC), StoreError, False),
        (_Coded(sqlite3.SQLITE_CORRUPT), StoreError, True),
        (_Coded(sqlite3.SQLITE_NOTADB), StoreError, True),
        (sqlite3.OperationalError("said SQLite"), StoreError, False),
    ],
    ids=lambda value: str(getattr(value, "sqlite_errorcode", "")),
)
def test_each_error_of_sqlite_is_one_of_ours(
    error: sqlite3.Error, expected: type[StoreError], fatal: bool
) -> None:
    with pytest.raises(StoreError, match="event: said SQLite") as raised, translated("event"):
        raise error
    assert type(raised.value) is expected
    assert raised.value.fatal is fatal
    assert raised.value.__cause__ is error


def test_a_refused_row_is_the_requests_fault() -> None:
    with pytest.raises(RowRefused, match="event: no"), translated("event"):
        raise sqlite3.IntegrityError("no")
