"""A new database file becomes write-ahead logged, whoever else does the same at that moment."""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path

import pytest

from ledger.errors import StoreBusy, StoreError
from ledger.store.connection import connect


class Contended(sqlite3.Connection):
    """A connection whose change of mode meets ``others`` first, or fails with ``code``."""

    others = 0
    code = sqlite3.SQLITE_BUSY

    def execute(self, sql: str, parameters: object = (), /) -> sqlite3.Cursor:
        kind = type(self)
        if "journal_mode" in sql and kind.others:
            kind.others -= 1
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = self.code
            raise error
        return super().execute(sql, parameters)  # type: ignore[arg-type]  # passed on as it came


@pytest.fixture
def contended(monkeypatch: pytest.MonkeyPatch) -> type[Contended]:
    kind = type("Contended", (Contended,), {})
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=kind))
    return kind


def mode(connection: sqlite3.Connection) -> str:
    return str(connection.execute("SELECT * FROM pragma_journal_mode").fetchone()[0])


def test_whoever_is_in_the_way_is_waited_for(tmp_path: Path, contended: type[Contended]) -> None:
    contended.others = 3
    connection = connect(tmp_path / "new.db")
    assert contended.others == 0
    assert mode(connection) == "wal"
    connection.close()


def test_nobody_is_waited_for_longer_than_asked(tmp_path: Path, contended: type[Contended]) -> None:
    contended.others = 10**6
    with pytest.raises(StoreBusy, match=r"new\.db"):
        connect(tmp_path / "new.db", busy_timeout_s=0.05)


def test_other_errors_are_raised_at_once(tmp_path: Path, contended: type[Contended]) -> None:
    contended.others, contended.code = 2, sqlite3.SQLITE_IOERR
    with pytest.raises(StoreError):
        connect(tmp_path / "new.db")
    assert contended.others == 1
