"""An export is one new directory or one new ZIP of the same files; whole, or nothing is there."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from application.exportfiles import ExportFiles
from application.exporttarget import NotFree, whole_or_absent
from ledger.canonicalzip import CanonicalZip
from ledger.errors import IntegrityError, StoreError, StoreFull
from tests.support.exports import content
from tests.support.zips import zipped

FILES = {
    "checkpoint": b"c",
    "streams/a.jsonl": b"{}\n{}\n",
    "blobs/sha256/ab/x": b"x" * 3_000_000,
    "a-b/c": b"",
}


def fill(files: ExportFiles) -> None:
    for path, data in FILES.items():
        files.write(path, data)
    files.write_sums()


def export(out: Path, meanwhile: Callable[[], object] = lambda: None) -> None:
    with whole_or_absent(out) as files:
        fill(files)
        meanwhile()


def members(path: Path) -> dict[str, bytes]:
    with path.open("rb") as file:
        found = CanonicalZip(file)
        return {member.name: b"".join(found.chunks(member.name)) for member in found.members()}


@pytest.mark.req("R-BUN-03")
def test_a_zip_has_the_files_of_the_directory_and_is_their_one_zip(tmp_path: Path) -> None:
    export(tmp_path / "out")
    export(tmp_path / "out.zip")

    files = content(tmp_path / "out")
    assert members(tmp_path / "out.zip") == files
    assert (tmp_path / "out.zip").read_bytes() == zipped(files)
    assert FILES.items() < files.items()
    assert (tmp_path / "out.zip").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "out.zip"]


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_an_error_on_the_way_leaves_nothing(tmp_path: Path, name: str) -> None:
    def broken() -> None:
        raise IntegrityError("entry 1", "this", "that")

    with pytest.raises(IntegrityError):
        export(tmp_path / name, broken)
    assert list(tmp_path.iterdir()) == []


def test_a_zip_that_is_there_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "file.zip").write_text("mine")
    (tmp_path / "folder.zip").mkdir()
    (tmp_path / "link.zip").symlink_to(tmp_path / "nowhere")

    for name in ("file.zip", "folder.zip", "link.zip"):
        with pytest.raises(NotFree, match="expected no such file yet"):
            export(tmp_path / name)
    assert (tmp_path / "file.zip").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file.zip", "folder.zip", "link.zip"]


def test_a_zip_that_somebody_puts_there_meanwhile_is_left_alone(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="File exists"):
        export(tmp_path / "out.zip", lambda: (tmp_path / "out.zip").write_text("mine"))
    assert (tmp_path / "out.zip").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["out.zip"]


def test_a_zip_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced, real = list[tuple[str, bool]](), os.fsync

    def noted(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        synced.append((path.name, (tmp_path / "out.zip").exists()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    export(tmp_path / "out.zip")
    assert synced == [("whole", False), (tmp_path.name, True)]


def test_a_full_disk_leaves_no_zip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreFull, match="No space left on device"):
        export(tmp_path / "out.zip")
    assert list(tmp_path.iterdir()) == []


def test_bytes_that_change_between_the_sums_and_the_zip_are_noticed(tmp_path: Path) -> None:
    def changed() -> None:
        (staged,) = tmp_path.glob(".out.zip-*/files/checkpoint")
        staged.write_bytes(b"d")

    with pytest.raises(IntegrityError, match=r"out\.zip, checkpoint: expected 1 bytes with CRC-32"):
        export(tmp_path / "out.zip", changed)
    assert list(tmp_path.iterdir()) == []


def test_progress_is_told_of_sums_and_zip(tmp_path: Path) -> None:
    told = list[tuple[str, int, int]]()
    with whole_or_absent(tmp_path / "out.zip", lambda *step: told.append(step)) as files:
        for path, data in FILES.items():
            files.write(path, data)
        files.write_sums(lambda *step: told.append(step))

    size = (tmp_path / "out.zip").stat().st_size
    assert ("sums", len(FILES), len(FILES)) in told
    assert told[-1] == ("zip", size, size)
