"""A log that does not fulfil what was promised is read-only, and the message says what is missing."""

from __future__ import annotations

import pytest

from ledger.checkpoint import Checkpoint
from ledger.errors import ReadOnly
from ledger.guard import Reference, check, missing
from tests.support.logs import ORIGIN, MemoryLog, note_entries

LOG = MemoryLog(note_entries(40))
FORK = MemoryLog([*note_entries(20), b"another entry", *note_entries(40)[21:]])


def promise(log: MemoryLog, size: int, *, origin: str = ORIGIN, holder: str = "the auditor") -> Reference:
    return Reference(holder, Checkpoint(origin=origin, size=size, root=log.roots[size]))


@pytest.mark.parametrize("size", [0, 1, 7, 20, 39, 40])
def test_every_checkpoint_of_the_log_itself_is_fulfilled(size: int) -> None:
    assert missing(promise(LOG, size), ORIGIN, 40, LOG.subtree) is None
    check([promise(LOG, size), promise(LOG, 40)], ORIGIN, 40, LOG.subtree)


@pytest.mark.req("R-SVC-05")
def test_a_log_that_is_shorter_than_promised_lacks_entries() -> None:
    found = missing(promise(LOG, 40), ORIGIN, 33, LOG.subtree)
    assert found == "the auditor promises 40 entries and the log has 33: entries 33 to 39 are missing"


@pytest.mark.req("R-SVC-05")
@pytest.mark.parametrize("size", [21, 32, 40])
def test_a_log_with_another_entry_has_another_root(size: int) -> None:
    found = missing(promise(FORK, size), ORIGIN, 40, LOG.subtree)
    assert found is not None
    assert f"some entry below {size} is another" in found
    assert FORK.roots[size].hex() in found
    assert LOG.roots[size].hex() in found


def test_a_fork_is_fulfilled_up_to_where_it_begins() -> None:
    assert missing(promise(FORK, 20), ORIGIN, 40, LOG.subtree) is None


def test_a_promise_of_another_log_is_none_of_this_one() -> None:
    found = missing(promise(LOG, 40, origin="other.example/log"), ORIGIN, 40, LOG.subtree)
    assert found == (
        "the auditor is of another log: expected origin ledger.example/incidents, found other.example/log"
    )


def test_every_broken_promise_is_named_with_the_ways_out() -> None:
    held = [
        promise(LOG, 10, holder="the file last-checkpoint"),
        promise(FORK, 30, holder="the copy"),
        promise(LOG, 40, holder="the witness"),
    ]
    with pytest.raises(ReadOnly) as raised:
        check(held, ORIGIN, 35, LOG.subtree)
    message = str(raised.value)
    assert "the copy promises root" in message
    assert "the witness promises 40 entries" in message
    assert "last-checkpoint" not in message
    assert "tallystick recover --from DIR|URL" in message
    assert "tallystick init --successor-of CHECKPOINT" in message


def test_without_promises_nothing_is_missing() -> None:
    check([], ORIGIN, 0, LOG.subtree)
