"""Nobody changes what is recorded, whatever SQL they use: one row for each way to try (design section 5).

Straight SQL on a connection of its own with every trigger in place, as a clumsy operator would do it. Who
drops the triggers first is caught by ``log fsck`` (`tests/unit/test_fsck.py`), not here.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from ledger.store.connection import connect
from ledger.store.contract import SignedCheckpoint
from tests.support.ledgers import NOW, note
from tests.support.stores import grow, open_sqlite, rows_for

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = 600
TABLES = ("event", "tile", "checkpoint", "cosignature", "head")
Values = dict[str, object]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a log with two tiles, two checkpoints and two cosignatures."""
    folder = tmp_path_factory.mktemp("log")
    store = open_sqlite(folder)
    grow(store, by=SIZE)
    grow(store, note("other"))
    with store.transaction() as tx:
        tx.insert_checkpoint(SignedCheckpoint(300, b"\x01" * 32, b"note 300", NOW))
        tx.insert_checkpoint(SignedCheckpoint(500, b"\x02" * 32, b"note 500", NOW))
    store.close()
    raw = connect(folder / "ledger.db")
    raw.execute("INSERT INTO cosignature VALUES (1, 300, 'witness.example/w1', x'01', 1700000000)")
    raw.execute("INSERT INTO cosignature VALUES (2, 500, 'witness.example/w1', x'02', 1700000001)")
    raw.close()
    return folder / "ledger.db"


@pytest.fixture
def database(made: Path, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Return a raw connection to a copy of that log."""
    raw = connect(Path(shutil.copy(made, tmp_path)))
    yield raw
    raw.close()


def everything(database: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    return {table: list(database.execute(f"SELECT * FROM {table} ORDER BY 1, 2")) for table in TABLES}


def row(database: sqlite3.Connection, table: str, which: str) -> Values:
    cursor = database.execute(f"SELECT * FROM {table} WHERE {which}")
    names = [column[0] for column in cursor.description]
    return dict(zip(names, cursor.fetchone(), strict=True))


def next_event(database: sqlite3.Connection) -> Values:
    """Return a row that the log would accept as its next entry."""
    newest = row(database, "event", "stream = 's' ORDER BY version DESC LIMIT 1")
    return {
        **newest,
        "position": SIZE + 1,
        "version": SIZE + 1,
        "event_id": "a new id",
        "prev_hash": newest["leaf_hash"],
        "leaf_hash": b"\xee" * 32,
    }


def next_checkpoint(database: sqlite3.Connection) -> Values:
    return {"id": 3, "size": 550, "root": b"\x03" * 32, "note": b"note 550", "signed_at": NOW}


def next_cosignature(database: sqlite3.Connection) -> Values:
    return {
        "id": 3,
        "size": 500,
        "witness": "witness.example/w2",
        "line": b"\x03",
        "timestamp": 1_700_000_002,
    }


def next_tile(database: sqlite3.Connection) -> Values:
    return {"level": 0, "idx": 2, "hashes": bytes(8192)}


NEXT = {
    "event": next_event,
    "checkpoint": next_checkpoint,
    "cosignature": next_cosignature,
    "tile": next_tile,
}


def insert(
    database: sqlite3.Connection, table: str, values: Values, *, how: str = "", upsert: str = ""
) -> None:
    marks = ", ".join("?" * len(values))
    sql = f"INSERT {how} INTO {table} ({', '.join(values)}) VALUES ({marks}) {upsert}"
    database.execute(sql, tuple(values.values()))


def refused(database: sqlite3.Connection, sql: str, *values: object) -> None:
    """Assert that ``sql`` fails by constraint and leaves everything as it was."""
    before = everything(database)
    with pytest.raises(sqlite3.IntegrityError):
        database.execute(sql, values)
    assert everything(database) == before


class Clash(NamedTuple):
    """An otherwise acceptable new row, with the columns of one unique index taken from row ``which``."""

    table: str
    columns: tuple[str, ...]
    which: str

    def values(self, database: sqlite3.Connection) -> Values:
        taken = row(database, self.table, self.which)
        return {**NEXT[self.table](database), **{name: taken[name] for name in self.columns}}


# The oldest row and the newest one: a check against the newest alone would let the oldest be replaced.
CLASHES = [
    Clash("event", ("position",), "position = 0"),
    Clash("event", ("position",), "position = 600"),
    Clash("event", ("event_id",), "position = 0"),
    Clash("event", ("event_id",), "position = 599"),
    Clash("event", ("leaf_hash",), "position = 0"),
    Clash("event", ("leaf_hash",), "position = 599"),
    Clash("event", ("stream", "version"), "position = 0"),
    Clash("event", ("stream", "version", "prev_hash"), "position = 5"),
    Clash("event", ("stream", "version", "prev_hash"), "position = 599"),
    Clash("event", ("stream", "version", "prev_hash"), "position = 600"),
    Clash("checkpoint", ("id",), "size = 300"),
    Clash("checkpoint", ("id",), "size = 500"),
    Clash("checkpoint", ("size",), "size = 300"),
    Clash("checkpoint", ("size",), "size = 500"),
    Clash("checkpoint", ("note",), "size = 300"),
    Clash("checkpoint", ("note",), "size = 500"),
    Clash("cosignature", ("id",), "id = 1"),
    Clash("cosignature", ("id",), "id = 2"),
    Clash("cosignature", ("line",), "id = 1"),
    Clash("cosignature", ("line",), "id = 2"),
    Clash("cosignature", ("size", "witness", "timestamp"), "id = 1"),
    Clash("cosignature", ("size", "witness", "timestamp"), "id = 2"),
    Clash("tile", ("level", "idx"), "idx = 0"),
    Clash("tile", ("level", "idx"), "idx = 1"),
]
WAYS = {
    "insert": ("", ""),
    "insert or replace": ("OR REPLACE", ""),
    "insert or ignore": ("OR IGNORE", ""),
    "insert or fail": ("OR FAIL", ""),
    "insert or rollback": ("OR ROLLBACK", ""),
    "upsert nothing": ("", "ON CONFLICT DO NOTHING"),
}
CHANGED = {"event": "type", "checkpoint": "root", "cosignature": "timestamp", "tile": "hashes"}


def name_of(clash: Clash) -> str:
    return f"{clash.table}({','.join(clash.columns)}) of {clash.which}"


def test_the_lists_here_name_every_unique_index_there_is(database: sqlite3.Connection) -> None:
    """A new unique index needs a row above, or INSERT OR REPLACE could delete history by way of it."""
    keys: set[tuple[str, tuple[str, ...]]] = set()
    for table in NEXT:
        primary = [(c[5], c[1]) for c in database.execute(f"PRAGMA table_info({table})") if c[5]]
        keys.add((table, tuple(name for _, name in sorted(primary))))
        for index in database.execute(f"PRAGMA index_list({table})").fetchall():
            if index[2]:
                columns = tuple(c[2] for c in database.execute(f"PRAGMA index_info({index[1]})"))
                keys.add((table, columns))
    tried = {(clash.table, tuple(c for c in clash.columns if c != "prev_hash")) for clash in CLASHES}
    assert tried == keys


@pytest.mark.parametrize("table", NEXT)
def test_the_next_row_as_used_here_would_be_accepted(database: sqlite3.Connection, table: str) -> None:
    before = everything(database)
    insert(database, table, NEXT[table](database))
    after = everything(database)
    assert len(after[table]) == len(before[table]) + 1


@pytest.mark.req("R-SVC-04")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("clash", CLASHES, ids=name_of)
def test_a_row_whose_key_is_taken_is_refused(database: sqlite3.Connection, clash: Clash, way: str) -> None:
    how, upsert = WAYS[way]
    before = everything(database)
    with pytest.raises(sqlite3.IntegrityError):
        insert(database, clash.table, clash.values(database), how=how, upsert=upsert)
    assert everything(database) == before


@pytest.mark.req("R-SVC-04")
@pytest.mark.parametrize("clash", CLASHES, ids=name_of)
def test_an_upsert_changes_nothing(database: sqlite3.Connection, clash: Clash) -> None:
    target = ", ".join(name for name in clash.columns if name != "prev_hash")
    column = CHANGED[clash.table]
    before = everything(database)
    with pytest.raises(sqlite3.IntegrityError):
        insert(
            database,
            clash.table,
            clash.values(database),
            upsert=f"ON CONFLICT ({target}) DO UPDATE SET {column} = excluded.{column}",
        )
    assert everything(database) == before


@pytest.mark.req("R-SVC-04")
@pytest.mark.parametrize("verb", ["UPDATE", "UPDATE OR REPLACE", "UPDATE OR IGNORE", "UPDATE OR ROLLBACK"])
@pytest.mark.parametrize("table", NEXT)
def test_no_column_of_a_row_changes(database: sqlite3.Connection, table: str, verb: str) -> None:
    for column in NEXT[table](database):
        refused(database, f"{verb} {table} SET {column} = {column}")
        refused(database, f"{verb} {table} SET {column} = {column} WHERE rowid = 1")


@pytest.mark.req("R-SVC-04")
@pytest.mark.parametrize("table", TABLES)
def test_no_row_is_deleted(database: sqlite3.Connection, table: str) -> None:
    # The trigger alone must do; foreign keys are a setting of each connection.
    database.execute("PRAGMA foreign_keys = OFF")
    refused(database, f"DELETE FROM {table}")
    refused(database, f"DELETE FROM {table} WHERE rowid = (SELECT max(rowid) FROM {table})")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "changes",
    [
        {"position": None},
        {"position": -1},
        {"position": SIZE + 2},
        {"position": 2**63 - 1},
        {"version": SIZE + 2},
        {"version": 0},
        {"version": -1},
        {"version": None},
        {"stream": "another"},
        {"stream": None},
        {"event_id": None},
        {"leaf_hash": None},
        {"leaf_hash": b"\xee" * 31},
        {"prev_hash": None},
        {"prev_hash": b"\xee" * 32},
        {"prev_hash": b"\xee" * 33},
        {"envelope": None},
        {"envelope": b""},
        {"envelope": b"x" * 65_536},
        {"envelope": "text"},
        {"type": None},
    ],
    ids=str,
)
def test_an_entry_out_of_its_place_or_form_is_refused(
    database: sqlite3.Connection, changes: Values, way: str
) -> None:
    """Also under OR IGNORE, where a refusal by CHECK or NOT NULL is silent: nothing changes."""
    how, upsert = WAYS[way]
    values = {**next_event(database), **changes}
    before = everything(database)
    try:
        insert(database, "event", values, how=how, upsert=upsert)
    except sqlite3.IntegrityError:
        pass
    else:
        assert how == "OR IGNORE"
    assert everything(database) == before


def test_several_entries_in_one_statement_are_refused_unless_each_is_in_its_place(
    database: sqlite3.Connection,
) -> None:
    first = next_event(database)
    columns = ", ".join(first)
    marks = ", ".join("?" * len(first))
    second = {**first, "position": SIZE + 3, "version": SIZE + 2, "event_id": "b", "leaf_hash": b"\xef" * 32}
    second["prev_hash"] = first["leaf_hash"]
    refused(
        database,
        f"INSERT INTO event ({columns}) VALUES ({marks}), ({marks})",
        *first.values(),
        *second.values(),
    )


@pytest.mark.parametrize(
    "tile",
    [
        {"level": 0, "idx": 3},
        {"level": 1, "idx": 1},
        {"level": 0, "idx": -1},
        {"level": 0, "idx": None},
        {"level": None, "idx": 0},
        {"level": -1, "idx": 0},
        {"level": 8, "idx": 0},
        {"hashes": bytes(8191)},
        {"hashes": None},
    ],
    ids=str,
)
def test_a_tile_out_of_its_place_or_form_is_refused(database: sqlite3.Connection, tile: Values) -> None:
    values = {**next_tile(database), **tile}
    for how in ("", "OR REPLACE"):
        refused(database, f"INSERT {how} INTO tile VALUES (?, ?, ?)", *values.values())


@pytest.mark.parametrize(
    "changes",
    [
        {"size": 500, "root": b"\xff" * 32},
        {"size": 300, "root": b"\xff" * 32},
        {"size": 499},
        {"size": SIZE + 2},
        {"size": 0},
        {"size": -1},
        {"size": None},
        {"id": None},
        {"id": 4},
        {"id": -1},
        {"root": b"\x03"},
        {"root": None},
        {"note": None},
        {"signed_at": None},
    ],
    ids=str,
)
def test_a_second_root_for_a_size_and_a_size_that_does_not_grow_are_refused(
    database: sqlite3.Connection, changes: Values
) -> None:
    values = {**next_checkpoint(database), **changes}
    for how in ("", "OR REPLACE"):
        refused(database, f"INSERT {how} INTO checkpoint VALUES (?, ?, ?, ?, ?)", *values.values())


@pytest.mark.parametrize(
    "changes",
    [{"size": 301}, {"size": None}, {"id": 4}, {"id": None}, {"witness": None}, {"line": None}],
    ids=str,
)
def test_a_cosignature_needs_its_checkpoint_and_its_form(
    database: sqlite3.Connection, changes: Values
) -> None:
    database.execute("PRAGMA foreign_keys = OFF")
    values = {**next_cosignature(database), **changes}
    for how in ("", "OR REPLACE"):
        refused(database, f"INSERT {how} INTO cosignature VALUES (?, ?, ?, ?, ?)", *values.values())


@pytest.mark.parametrize("verb", ["UPDATE", "UPDATE OR REPLACE", "UPDATE OR IGNORE"])
@pytest.mark.parametrize(
    "change",
    [
        "size = size - 1",
        "size = 0, keys_position = -1",
        "size = size",
        "size = size + 1",
        "size = NULL",
        "root = x'00'",
        "root = zeroblob(32)",
        "frontier = x''",
        "keys_position = 3",
        "id = 2",
        "id = NULL",
    ],
)
def test_the_head_does_not_change_while_the_log_does_not(
    database: sqlite3.Connection, verb: str, change: str
) -> None:
    refused(database, f"{verb} head SET {change}")


@pytest.mark.parametrize(
    ("change", "accepted"),
    [
        ("size = size + 1", True),
        ("size = size + 1, keys_position = 5", True),
        ("size = size + 2", False),
        ("size = size - 1", False),
        ("size = size + 1, id = 2", False),
        ("size = size + 1, keys_position = -2", False),
        (f"size = size + 1, keys_position = {SIZE + 2}", False),
        ("size = size + 1, root = x'00'", False),
        ("size = size + 1, frontier = x'00'", False),
    ],
)
def test_the_head_moves_to_the_number_of_entries_and_nowhere_else(
    database: sqlite3.Connection, change: str, accepted: bool
) -> None:
    insert(database, "event", next_event(database))
    if not accepted:
        refused(database, f"UPDATE head SET {change}")
        return
    database.execute(f"UPDATE head SET {change}")
    refused(database, "UPDATE head SET size = size + 1")


def test_the_position_of_the_newest_key_fact_never_falls(database: sqlite3.Connection) -> None:
    insert(database, "event", next_event(database))
    database.execute("UPDATE head SET size = size + 1, keys_position = 7")
    following = {
        **next_event(database),
        "position": SIZE + 2,
        "version": SIZE + 2,
        "prev_hash": b"\xee" * 32,
        "event_id": "another new id",
        "leaf_hash": b"\xef" * 32,
    }
    insert(database, "event", following)
    refused(database, "UPDATE head SET size = size + 1, keys_position = 6")
    database.execute("UPDATE head SET size = size + 1")


@pytest.mark.parametrize("how", ["", "OR REPLACE", "OR IGNORE"])
@pytest.mark.parametrize("number", [1, 2, None])
def test_there_is_no_second_head(database: sqlite3.Connection, how: str, number: int | None) -> None:
    refused(
        database,
        f"INSERT {how} INTO head VALUES (?, 0, zeroblob(32), x'', -1)",
        number,
    )


def test_triggers_also_hold_with_recursive_triggers(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA recursive_triggers = ON")
    before = everything(database)
    for clash in CLASHES:
        with pytest.raises(sqlite3.IntegrityError):
            insert(database, clash.table, clash.values(database), how="OR REPLACE")
    assert everything(database) == before


def test_the_log_grows_on_after_a_refusal(database: sqlite3.Connection, tmp_path: Path) -> None:
    refused(database, "DELETE FROM event")
    store = open_sqlite(tmp_path)
    with store.transaction() as tx:
        tx.insert_rows(rows_for(tx, note("s")))
    store.close()
