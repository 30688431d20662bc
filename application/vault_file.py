"""The vault's SQLite file: made private, opened so that commits last and deletions overwrite.

``synchronous=FULL`` in WAL mode: a commit is on durable storage. ``secure_delete=ON``: what is deleted is
overwritten with zeros. The file is 0600, and SQLite gives its companions ``-wal`` and ``-shm`` the same mode.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from application.box import decrypt, encrypt
from ledger.durable import sync_directory
from ledger.errors import IntegrityError, KeyUnavailable, StoreError
from ledger.store.connection import connect, translated

VERSION = 1

_PROOF = b"tallystick/vault/v1\n"

_SCHEMA = (
    # A known text under the master key, so that a wrong key is noticed at open and not at the first read.
    "CREATE TABLE master (id INTEGER PRIMARY KEY CHECK (id = 1), proof BLOB NOT NULL) STRICT",
    """CREATE TABLE data_key (
        kid        TEXT PRIMARY KEY CHECK (length(kid) = 32),
        stream     TEXT NOT NULL,
        subject    TEXT NOT NULL,  -- '' for none
        wrapped    BLOB NOT NULL,
        created_at TEXT NOT NULL,
        UNIQUE (subject, stream)
    ) STRICT, WITHOUT ROWID""",
    # A sealed value is in its box; that of a large one is the blob named sha256. seq is the order of arrival.
    """CREATE TABLE sealed (
        seq        INTEGER PRIMARY KEY AUTOINCREMENT,
        c          TEXT NOT NULL UNIQUE CHECK (length(c) = 64),
        kid        TEXT NOT NULL REFERENCES data_key (kid),
        box        BLOB,
        sha256     TEXT,
        created_at TEXT NOT NULL,
        CHECK ((box IS NULL) <> (sha256 IS NULL))
    ) STRICT""",
    "CREATE INDEX sealed_kid ON sealed (kid)",
    # Rows up to seq have been looked up in the log and are never looked up again.
    "CREATE TABLE collected (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL) STRICT",
    "INSERT INTO collected VALUES (1, 0)",
    "CREATE TABLE mark (seq INTEGER PRIMARY KEY, log_size INTEGER NOT NULL) STRICT",
)


def connect_vault(path: Path, *, busy_timeout_s: float, query_only: bool = False) -> sqlite3.Connection:
    """Return a connection to the vault file, which deletes by overwriting."""
    connection = connect(path, busy_timeout_s=busy_timeout_s)
    with translated(path.name):
        connection.execute("PRAGMA secure_delete = ON")
        # Not opened read-only: the first reader of a WAL file may have to make its shared memory.
        connection.execute(f"PRAGMA query_only = {query_only:d}")
    return connection


def create_vault_file(path: Path) -> None:
    """Return when ``path`` exists durably with mode 0600; a directory made for it has mode 0700."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Made by us before SQLite can make it, so that there is no moment at which others may read it.
    # An existing one is not even opened: closing it would drop every lock that SQLite holds on it here.
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        path.chmod(0o600)
    sync_directory(path.parent)


def prepare(connection: sqlite3.Connection, master: bytes, name: str) -> None:
    """Return when the tables are there and ``master`` is this vault's key; else raise `KeyUnavailable`."""
    with translated(name):
        connection.execute("BEGIN IMMEDIATE")
        try:
            _create_tables(connection, master, name)
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        (proof,) = connection.execute("SELECT proof FROM master").fetchone()
    _check_proof(proof, master, name)


def _create_tables(connection: sqlite3.Connection, master: bytes, name: str) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise StoreError(
            f"{name}: expected version {VERSION} or older, found {version}; use a newer tallystick"
        )
    if version == 0:
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute("INSERT INTO master VALUES (1, ?)", (encrypt(master, _PROOF, _PROOF),))
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _check_proof(proof: bytes, master: bytes, name: str) -> None:
    try:
        decrypt(master, proof, _PROOF, name)
    except IntegrityError as error:
        why = f"expected the master key that {name} was made with, found another"
        raise KeyUnavailable("master", why) from error
