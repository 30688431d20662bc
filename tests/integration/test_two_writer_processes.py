"""Two processes with keys of their own write to one log, and one of them is killed: nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.signer import keyid
from ledger.store.rows import open_row
from tests.support.ledgers import RECORDER, RECORDER_2, check_log, enrol, new_ledger
from tests.support.promises import leaves, more_than, promised, start_appender

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.processes import Children

SEEDS = (b"\x03" * 32, b"\x06" * 32)
ENOUGH = 50


@pytest.mark.req("R-SVC-02")
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(["shared"], ["shared"]), (["ours"], ["theirs"]), (["ours", "shared"], ["shared", "theirs"])],
    ids=["the same stream", "different streams", "both"],
)
def test_two_writer_processes_and_one_is_killed(
    tmp_path: Path, children: Children, ours: list[str], theirs: list[str]
) -> None:
    store, writer = new_ledger(tmp_path)
    writer.append(enrol(store, RECORDER_2))
    writer.close()
    one = start_appender(children, store.path, SEEDS[0], *ours)
    two = start_appender(children, store.path, SEEDS[1], *theirs)
    more_than(one, ENOUGH)
    more_than(two, ENOUGH)
    one.kill()
    # The other one goes on, whatever lock the killed one held.
    more_than(two, len(promised(two)) + ENOUGH)
    two.kill()
    there = leaves(store)
    acknowledged = promised(one) + promised(two)
    assert len(acknowledged) == len(set(acknowledged))
    assert set(acknowledged) <= set(there)
    check_log(store)
    signers: dict[str, set[str]] = {}
    for row in store.rows(2, len(there)):
        signers.setdefault(row.stream, set()).add(open_row(row)[0].keyid)
    first, second = keyid(RECORDER.public_key), keyid(RECORDER_2.public_key)
    expected = {
        stream: {key for key, streams in ((first, ours), (second, theirs)) if stream in streams}
        for stream in {*ours, *theirs}
    }
    assert signers == expected
    store.close()
