"""A bare writer process killed at random points: what it acknowledged is in the log, and the log is whole."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest

from ledger.store.sqlite import SqliteStore
from tests.support.ledgers import check_log, new_ledger, note, open_writer
from tests.support.promises import leaves, more_than, promised, start_appender

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.processes import Children

SEED = b"\x03" * 32
LONGEST_S = 0.15


@pytest.mark.req("R-SVC-02")
@pytest.mark.parametrize("rounds", [20, pytest.param(200, marks=pytest.mark.soak)])
def test_a_killed_writer_loses_nothing_that_it_acknowledged(
    tmp_path: Path, children: Children, rounds: int
) -> None:
    store, writer = new_ledger(tmp_path)
    writer.close()
    store.close()
    acknowledged: list[str] = []
    chance = random.Random(rounds)
    for _ in range(rounds):
        child = start_appender(children, store.path, SEED, "a", "b", "c")
        more_than(child, 0)
        time.sleep(chance.uniform(0, LONGEST_S))
        child.kill()
        acknowledged += promised(child)
        again = SqliteStore(store.path)
        assert set(acknowledged) <= set(leaves(again))
        again.close()
    assert len(acknowledged) == len(set(acknowledged)) > rounds
    final = SqliteStore(store.path)
    check_log(final)
    writer = open_writer(final)
    writer.append(note("a"))
    writer.close()
    check_log(final)
    final.close()
