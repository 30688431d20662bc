"""Collects what a crash between the vault and the log left behind: rows, blobs and keys that no fact names.

Every encrypted blob has a row that was durable before its file, so rows are all there is to look through,
each of them once: a row that a fact names is named for good. Blobs kept in clear (policies) are never
collected. Not to be run while the restore guard forbids writing: facts may be waiting for ``recover``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence, Set
from datetime import datetime
from itertools import takewhile

from msgspec import Struct

from application.blobs import Blobs
from application.vault import Vault
from ledger.event import format_time

BATCH = 1000

_NEXT = """SELECT seq, c, sha256, created_at FROM sealed
    WHERE seq > (SELECT seq FROM collected) AND seq <= ? ORDER BY seq LIMIT ?"""
# What came after the last run may be on its way to the log, whatever a clock says that jumped a day ahead.
_SETTLED = "SELECT coalesce(max(seq), 0) FROM mark"
# A row that came after a mark can only be named by an entry at or after the mark's size of the log:
# rows are durable before their entry is appended. No clock is asked.
_MARK = """INSERT INTO mark SELECT coalesce(max(seq), 0), ? FROM sealed WHERE true
    ON CONFLICT (seq) DO UPDATE SET log_size = max(log_size, excluded.log_size)"""
_FIRST = "SELECT coalesce(max(log_size), 0) FROM mark WHERE seq < ?"
_OLD_MARKS = (
    "DELETE FROM mark WHERE seq < (SELECT max(seq) FROM mark WHERE seq <= (SELECT seq FROM collected))"
)
_IDLE = """DELETE FROM data_key WHERE created_at < ?
    AND NOT EXISTS (SELECT 1 FROM sealed WHERE sealed.kid = data_key.kid)"""


class Collected(Struct, frozen=True, kw_only=True):
    """How much was removed."""

    rows: int
    blobs: int
    keys: int
    leftovers: int


class _Candidate(Struct, frozen=True):
    seq: int
    c: str
    sha256: str | None
    created_at: str


def collect_orphans(
    vault: Vault,
    blobs: Blobs,
    referenced: Callable[[Set[str], int], Set[str]],
    older_than: datetime,
    log_size: int,
) -> Collected:
    """Remove what was put before ``older_than`` and is named by no fact; return how much that was.

    ``referenced`` is given commitments, and a position before which no entry names any of them, and returns
    those that the committed log names. ``log_size`` is the committed size, read before this call.
    """
    before = format_time(older_than)
    ((settled,),) = vault.select(_SETTLED)
    vault.change(lambda connection: _leave_mark(connection, log_size))
    orphans: list[_Candidate] = []
    while batch := _next_batch(vault, before, settled):
        ((first,),) = vault.select(_FIRST, batch[0].seq)
        named = referenced({row.c for row in batch}, first)
        orphans += (found := [row for row in batch if row.c not in named])
        _remove(vault, blobs, found, batch[-1].seq)
    keys = _remove_idle_keys(vault, before)
    # Overwritten pages still lie in the write-ahead log until it is emptied.
    vault.scrub()
    stored = sum(row.sha256 is not None for row in orphans)
    return Collected(rows=len(orphans), blobs=stored, keys=keys, leftovers=blobs.sweep(older_than))


def _leave_mark(connection: sqlite3.Connection, log_size: int) -> None:
    connection.execute(_MARK, (log_size,))
    connection.execute(_OLD_MARKS)


def _next_batch(vault: Vault, before: str, settled: int) -> Sequence[_Candidate]:
    rows = (_Candidate(*row) for row in vault.select(_NEXT, settled, BATCH))
    return tuple(takewhile(lambda row: row.created_at < before, rows))


def _remove(vault: Vault, blobs: Blobs, orphans: Sequence[_Candidate], seen: int) -> None:
    # Files first: after a crash the rows still say which files are left to remove.
    for row in orphans:
        if row.sha256 is not None:
            blobs.delete(row.sha256)

    def work(connection: sqlite3.Connection) -> None:
        connection.executemany("DELETE FROM sealed WHERE seq = ?", [(row.seq,) for row in orphans])
        connection.execute("UPDATE collected SET seq = max(seq, ?)", (seen,))

    vault.change(work)


def _remove_idle_keys(vault: Vault, before: str) -> int:
    return vault.change(lambda connection: connection.execute(_IDLE, (before,)).rowcount)
