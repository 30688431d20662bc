"""Sessions outlive a restart of the service, and nothing in their file opens anything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.onetime import Secrets
from api.sessionfile import SessionFile

TOKEN, OTHER = b"\x01" * 32, b"\x02" * 32


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sessions.json"


def secrets(file: Path, now: float = 0.0) -> Secrets:
    return Secrets(60, lambda: now, shelf=SessionFile(file))


def test_a_session_is_known_after_a_restart_until_its_time_is_over(file: Path) -> None:
    secret = secrets(file).issue(TOKEN)
    assert secrets(file, 59).find(secret) == TOKEN
    assert secrets(file, 60).find(secret) is None


def test_what_was_ended_stays_ended(file: Path) -> None:
    first = secrets(file)
    ended, other = first.issue(TOKEN), first.issue(OTHER)
    first.take(ended)
    again = secrets(file)
    assert (again.find(ended), again.find(other)) == (None, OTHER)


def test_the_file_is_private_and_holds_no_secret(file: Path) -> None:
    secret = secrets(file).issue(TOKEN)
    assert file.stat().st_mode & 0o777 == 0o600
    assert secret not in file.read_text()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"schema_version": 2, "sessions": []}',
        b'{"schema_version": 1, "sessions": [{"secret": "x", "token": "y", "until": 1}]}',
        b"\xff" * 2_000_000,
    ],
    ids=["empty", "cut off", "another shape", "another version", "no hashes", "huge"],
)
def test_a_file_that_nobody_here_has_written_is_no_session(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    found = secrets(file)
    secret = found.issue(TOKEN)
    assert secrets(file).find(secret) == TOKEN
    assert len(json.loads(file.read_bytes())["sessions"]) == 1


def test_where_the_file_cannot_be_written_people_are_signed_in_all_the_same(tmp_path: Path) -> None:
    found = secrets(tmp_path / "nowhere" / "sessions.json")
    secret = found.issue(TOKEN)
    assert found.find(secret) == TOKEN
