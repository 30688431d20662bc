"""Group commit: what queues up shares a transaction, and what is refused in it fails alone."""

from __future__ import annotations

import sqlite3
import threading
import time
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

import pytest

from application import group_commit
from application.datakey import DataKey
from application.datakeys import DataKeyMoved
from application.group_commit import GroupCommit
from application.vault import Row, Vault
from ledger.errors import QueueFull, RowRefused, StoreError
from tests.support.vaults import MASTER, STREAM, contents, hold, seal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    opened = Vault(tmp_path / "vault.db", MASTER)
    yield opened
    opened.close()


def test_what_queues_up_shares_one_commit(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [seal(vault, f"value {n}") for n in range(32)]
    gate = hold(vault)
    commits: list[int] = []
    transact = vault._commits._transact

    def spy(batch: list[Any]) -> list[object]:
        commits.append(len(batch))
        return transact(batch)

    monkeypatch.setattr(vault._commits, "_transact", spy)
    threads = [threading.Thread(target=vault.put, args=(p.rows, p.keys)) for _, p in parts]
    for thread in threads:
        thread.start()
    while len(vault._commits._waiting) < 32:
        time.sleep(0.001)
    gate.set()
    for thread in threads:
        thread.join()
    assert commits == [32]
    assert [vault.open(refs[0].c).value for refs, _ in parts] == [f"value {n}" for n in range(32)]


def test_one_refused_put_does_not_fail_the_others_in_its_transaction(vault: Vault) -> None:
    good, pending = seal(vault, "good")
    stranger = DataKey(kid="0" * 32, key=bytes(32), stream=STREAM)
    gate = hold(vault)
    first = vault.submit(pending.rows, pending.keys)
    bad = vault.submit([Row(c="b" * 64, kid="0" * 32, box=b"b")], [stranger])
    worse = vault.submit([Row(c="b" * 64, kid="0" * 32, box=b"b")], [])
    other, pending = seal(vault, "other")
    last = vault.submit(pending.rows, pending.keys)
    gate.set()
    assert isinstance(bad.exception(10), DataKeyMoved)
    assert isinstance(worse.exception(10), RowRefused)
    assert (first.exception(10), last.exception(10)) == (None, None)
    assert vault.missing([good[0].c, other[0].c, "b" * 64]) == {"b" * 64}


def test_a_caller_who_gives_up_while_waiting_disturbs_nobody(vault: Vault) -> None:
    refs, pending = seal(vault, "given up")
    gate = hold(vault)
    future = vault.submit(pending.rows, pending.keys)
    assert future.cancel()
    gate.set()
    with pytest.raises(CancelledError):
        future.result()
    assert vault.missing([refs[0].c]) == {refs[0].c}
    vault.put(pending.rows, pending.keys)


def test_a_full_queue_says_come_back_later(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "QUEUE_LIMIT", 1)
    gate = hold(vault)
    waiting = vault.submit([], [])
    with pytest.raises(QueueFull):
        vault.put([], [])
    gate.set()
    assert waiting.result(10) is None


def test_close_finishes_what_is_queued_and_refuses_the_rest(vault: Vault) -> None:
    _, pending = seal(vault, *"abc")
    gate = hold(vault)
    future = vault.submit(pending.rows, pending.keys)
    threading.Timer(0.05, gate.set).start()
    vault.close()
    assert future.done()
    assert contents(vault.path) == (1, 3)
    with pytest.raises(StoreError, match="already closed"):
        vault.submit(pending.rows, pending.keys)


def test_a_database_that_cannot_be_opened_fails_the_work_and_the_next_one_tries_again() -> None:
    errors = [StoreError("no such place")]

    def connect() -> sqlite3.Connection:
        if errors:
            raise errors.pop()
        return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)

    commits = GroupCommit("test", connect)
    with pytest.raises(StoreError, match="no such place"):
        commits.submit(lambda _: 1).result(10)
    assert commits.submit(lambda _: 2).result(10) == 2
    commits.close()
    commits.close()
