"""The file channel: every notice once, whole, private, and on the disk before anybody says so."""

from __future__ import annotations

import fcntl
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from application.channels.contract import Content, Delivered, Message, Undelivered
from application.channels.file import FileChannel

CONTENT = Content(
    notification_id="n1-1",
    incident="incident-0123",
    number="INC-7",
    purpose="initial",
    round=1,
    severity="SEV-1",
    roles=("product_owner",),
    drill=False,
    subject="[PROTOCOL 17] SEV-1 INC-7: Checkout",
    text="Severity: SEV-1\n",
    requested_at="2026-03-01T02:15:00.000000Z",
)


def message(number: int = 1, **fields: Any) -> Message:
    content = msgspec.structs.replace(CONTENT, notification_id=f"n1-{number}", **fields)
    return Message(recipient="p-bob", content=content)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "notices.jsonl"


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.req("R-COM-31", "R-DIR-01")
def test_a_notice_is_one_line_in_a_private_file_and_recorded_locally(path: Path) -> None:
    assert FileChannel(path).deliver(message()) == Delivered(proof="recorded_locally")
    assert lines(path) == [{**json.loads(msgspec.json.encode(CONTENT)), "recipient": "p-bob"}]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.req("R-COM-31")
def test_a_notice_that_is_there_is_not_written_again(path: Path) -> None:
    for number in (1, 2, 1, 2):
        FileChannel(path).deliver(message(number))
    FileChannel(path).deliver(message(1, incident="incident-4567"))
    found = [(line["incident"], line["notification_id"]) for line in lines(path)]
    assert found == [("incident-0123", "n1-1"), ("incident-0123", "n1-2"), ("incident-4567", "n1-1")]


def test_a_line_cut_short_by_a_crash_swallows_no_other(path: Path) -> None:
    FileChannel(path).deliver(message(1))
    FileChannel(path).deliver(message(2))
    path.write_bytes(path.read_bytes()[:-20])
    FileChannel(path).deliver(message(2))
    first, torn, again = path.read_text().splitlines()
    assert json.loads(first)["notification_id"] == "n1-1"
    with pytest.raises(json.JSONDecodeError):
        json.loads(torn)
    assert json.loads(again)["notification_id"] == "n1-2"


def test_many_at_once_write_each_notice_once(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: FileChannel(path).deliver(message(n % 5)), range(40)))
    assert found == [Delivered(proof="recorded_locally")] * 40
    assert sorted(line["notification_id"] for line in lines(path)) == [f"n1-{n}" for n in range(5)]


def test_who_comes_second_sees_what_the_first_has_written(path: Path, tmp_path: Path) -> None:
    FileChannel(tmp_path / "same").deliver(message())
    with ThreadPoolExecutor(1) as pool, path.open("ab") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        second = pool.submit(FileChannel(path).deliver, message())
        with pytest.raises(TimeoutError):
            second.result(0.3)
        first.write((tmp_path / "same").read_bytes())
    assert second.result() == Delivered(proof="recorded_locally")
    assert len(lines(path)) == 1


def test_a_disk_that_says_no_is_an_answer_and_may_say_yes_later(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch:
        patch.setattr("application.channels.file.os.fsync", full)
        found = FileChannel(path).deliver(message())
    assert found == Undelivered(error="notices.jsonl: No space left on device")
    assert FileChannel(path).deliver(message()) == Delivered(proof="recorded_locally")
    assert len(lines(path)) == 1


def test_a_link_in_its_place_is_not_followed(path: Path, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("")
    path.symlink_to(tmp_path / "other")
    assert isinstance(FileChannel(path).deliver(message()), Undelivered)
    assert (tmp_path / "other").read_text() == ""


def test_a_message_never_shows_its_words(path: Path) -> None:
    assert repr(message()) == "Message(incident-0123/n1-1)"
