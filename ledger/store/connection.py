"""SQLite connections as the ledger needs them, and its errors in the ledger's words."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from ledger.errors import RowRefused, StoreBusy, StoreError, StoreFull

BUSY_TIMEOUT_S = 10.0
_FULL = {sqlite3.SQLITE_FULL}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raise the ledger's errors for SQLite's: refused rows, a busy database, a full disk."""
    try:
        yield
    except (sqlite3.IntegrityError, UnicodeEncodeError, OverflowError) as e:
        # The last two: text or a number that SQLite has no way to hold.
        raise RowRefused(f"{what}: {e}") from e
    except sqlite3.Error as e:
        raise store_error(what, e) from e


def store_error(what: str, e: sqlite3.Error) -> StoreError:
    """Return the ledger's error for SQLite's; whoever raises it knows that nothing was written."""
    code = getattr(e, "sqlite_errorcode", 0) & 0xFF
    message = f"{what}: {e}"
    if code in _FULL:
        return StoreFull(f"{message}; nothing was written, free some room and try again")
    if code in _BUSY:
        return StoreBusy(f"{message}; another process holds it, nothing was written")
    return StoreError(message, fatal=code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def connect(
    path: Path, *, readonly: bool = False, busy_timeout_s: float = BUSY_TIMEOUT_S
) -> sqlite3.Connection:
    """Return a connection in autocommit mode: WAL, ``synchronous=FULL``, foreign keys on."""
    with translated(f"database {path.name}"):
        mode = "ro" if readonly else "rwc"
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=busy_timeout_s,
            cached_statements=256,
        )
        try:
            if not readonly:
                _write_ahead(connection, time.monotonic() + busy_timeout_s)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
        except sqlite3.Error:
            connection.close()
            raise
        return connection


def _write_ahead(connection: sqlite3.Connection, deadline: float) -> None:
    """Change a new file to write-ahead logging; SQLite does not wait for others who do the same."""
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as e:
            if e.sqlite_errorcode & 0xFF not in _BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def make_private(path: Path) -> None:
    """Return when there is a file at ``path``; a new one is 0600, and so are the companions SQLite makes."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        # Not opened: closing it again would drop every lock this process holds on it (POSIX).
        return
    except OSError as e:
        raise StoreError(f"database {path.name}: cannot be opened: {e.strerror}") from e


def migrate(connection: sqlite3.Connection) -> int:
    """Apply the numbered migrations this database lacks, each in a transaction; return the newest number.

    Raises `StoreError` when the database is of a newer program than this one.
    """
    scripts = sorted(
        (p for p in files("ledger.store").joinpath("migrations").iterdir() if p.name.endswith("_sqlite.sql")),
        key=lambda p: p.name,
    )
    newest = int(scripts[-1].name[:4])
    with translated("migration"):
        for script in scripts:
            # Asked without the lock first: whoever opens a log need not wait for those who write to it.
            if _version(connection) < (number := int(script.name[:4])):
                _apply(connection, number, script.read_text("utf-8"))
        found = _version(connection)
    if found > newest:
        raise StoreError(
            f"database: expected migration {newest} or older, found {found}; use a newer tallystick"
        )
    return found


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _apply(connection: sqlite3.Connection, number: int, sql: str) -> None:
    # The number is read again under the lock: two processes may start on one empty home.
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _version(connection) < number:
            for statement in _statements(sql):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _statements(sql: str) -> Iterator[str]:
    """Yield the statements of a script one by one; ``executescript`` would commit on its own."""
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if pending.strip() and not all(x.lstrip().startswith("--") for x in pending.strip().splitlines()):
        yield pending
