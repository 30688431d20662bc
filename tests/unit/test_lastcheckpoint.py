"""The record outside the database: whole or absent, replaced only by who knows what it holds."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from ledger.checkpoint import Checkpoint, encode_body
from ledger.errors import IntegrityError, StoreError
from ledger.lastcheckpoint import LastCheckpoint

if TYPE_CHECKING:
    from pathlib import Path

ORIGIN = "ledger.example/incidents"


def checkpoint(size: int, root: int = 0) -> Checkpoint:
    return Checkpoint(origin=ORIGIN, size=size, root=bytes([root or size % 256]) * 32)


@pytest.fixture
def record(tmp_path: Path) -> LastCheckpoint:
    return LastCheckpoint(tmp_path / "last-checkpoint")


def test_there_is_none_at_first(record: LastCheckpoint) -> None:
    assert record.read() is None


def test_what_was_stored_is_read_again_also_by_another_process(record: LastCheckpoint) -> None:
    record.replace(None, checkpoint(5))
    record.replace(checkpoint(5), checkpoint(9))
    assert LastCheckpoint(record.path).read() == checkpoint(9)


def test_the_file_is_a_checkpoint_body_that_only_the_owner_reads(record: LastCheckpoint) -> None:
    record.replace(None, checkpoint(5))
    assert record.path.read_text() == encode_body(checkpoint(5))
    assert record.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("old", "found"),
    [
        (None, checkpoint(5)),
        (checkpoint(4), checkpoint(5)),
        (checkpoint(5, root=9), checkpoint(5)),
        (checkpoint(5), None),
    ],
    ids=["there is one by now", "another size", "another root", "it is gone"],
)
def test_who_does_not_know_what_it_holds_does_not_replace_it(
    record: LastCheckpoint, old: Checkpoint | None, found: Checkpoint | None
) -> None:
    if found is not None:
        record.replace(None, found)
    with pytest.raises(StoreError, match=r"expected .*, found"):
        record.replace(old, checkpoint(7))
    assert record.read() == found


def test_of_many_who_replace_the_same_only_one_succeeds(record: LastCheckpoint) -> None:
    record.replace(None, checkpoint(5))
    won: list[int] = []
    start = threading.Barrier(8)

    def replace(size: int) -> None:
        start.wait()
        try:
            LastCheckpoint(record.path).replace(checkpoint(5), checkpoint(size))
        except StoreError:
            return
        won.append(size)

    threads = [threading.Thread(target=replace, args=(size,)) for size in range(10, 18)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert record.read() == checkpoint(won[0])


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"\xff", b"ledger.example/incidents\n5\n", b"ledger.example/incidents\n05\nAAAA\n"],
    ids=repr,
)
def test_a_file_that_is_no_checkpoint_is_evidence_and_is_not_overwritten(
    record: LastCheckpoint, content: bytes
) -> None:
    record.path.write_bytes(content)
    with pytest.raises(IntegrityError, match="a checkpoint body"):
        record.read()
    with pytest.raises(IntegrityError):
        record.replace(None, checkpoint(7))
    assert record.path.read_bytes() == content


def test_a_record_that_cannot_be_read_or_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError, match="cannot be read"):
        LastCheckpoint(tmp_path / "folder").read()
    with pytest.raises(StoreError, match="cannot be written"):
        LastCheckpoint(tmp_path / "missing" / "last-checkpoint").replace(None, checkpoint(1))


def test_a_failed_replacement_leaves_the_old_record_and_nothing_else(
    record: LastCheckpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    record.replace(None, checkpoint(5))
    before = sorted(path.name for path in record.path.parent.iterdir())

    def no_space(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(StoreError, match="cannot be written: No space left"):
        record.replace(checkpoint(5), checkpoint(6))
    assert record.read() == checkpoint(5)
    assert sorted(path.name for path in record.path.parent.iterdir()) == before
