"""Blobs in a directory: whole or absent, synced in order, nobody else's business."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from application.local_blobs import LocalBlobs
from ledger.errors import StoreError, StoreFull

CONTENT = b"schema: 17\n"
NAME = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "home" / "blobs")


def path_of(blobs: LocalBlobs, name: str = NAME) -> Path:
    return blobs.root / "sha256" / name[:2] / name


def files(blobs: LocalBlobs) -> list[Path]:
    return [path for path in blobs.root.rglob("*") if path.is_file()]


@pytest.mark.req("R-STO-04")
def test_a_blob_is_found_under_its_sha256(blobs: LocalBlobs) -> None:
    assert blobs.put(CONTENT) == NAME
    assert blobs.get(NAME) == CONTENT
    assert LocalBlobs(blobs.root).find(NAME) == CONTENT
    assert files(blobs) == [path_of(blobs)]


@pytest.mark.req("R-STO-04")
def test_a_second_put_of_the_same_bytes_changes_nothing(blobs: LocalBlobs) -> None:
    blobs.put(CONTENT)
    before = path_of(blobs).stat()
    assert blobs.put(CONTENT) == NAME
    after = path_of(blobs).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert files(blobs) == [path_of(blobs)]


def test_files_and_directories_are_private(blobs: LocalBlobs) -> None:
    blobs.put(CONTENT)
    assert {stat.S_IMODE(p.stat().st_mode) for p in files(blobs)} == {0o600}
    directories = [blobs.root, *(p for p in blobs.root.rglob("*") if p.is_dir())]
    assert {stat.S_IMODE(p.stat().st_mode) for p in directories} == {0o700}


def test_a_directory_that_others_could_read_is_closed_to_them(blobs: LocalBlobs) -> None:
    blobs.root.chmod(0o755)
    LocalBlobs(blobs.root)
    assert stat.S_IMODE(blobs.root.stat().st_mode) == 0o700


def test_what_a_crash_left_is_swept_once_it_is_old(blobs: LocalBlobs) -> None:
    blobs.put(CONTENT)
    (path_of(blobs).parent / ".new-half").write_bytes(b"ha")
    now = datetime.now(UTC)
    assert blobs.sweep(now - timedelta(days=1)) == 0
    assert blobs.sweep(now + timedelta(seconds=1)) == 1
    assert files(blobs) == [path_of(blobs)]


def test_many_threads_put_the_same_and_different_blobs(blobs: LocalBlobs) -> None:
    def put(thread: int) -> None:
        for i in range(20):
            blobs.put(f"{i if thread % 2 else (thread, i)}".encode())

    threads = [threading.Thread(target=put, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(files(blobs)) == 20 + 4 * 20
    for path in files(blobs):
        assert blobs.get(path.name) == path.read_bytes()


def test_file_name_and_directories_are_synced_before_put_returns(
    blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, bool]] = []
    fsync = os.fsync

    def spy(descriptor: int) -> None:
        # What is synced, and whether the blob already had its final name at this moment.
        synced.append((str(Path(f"/proc/self/fd/{descriptor}").readlink()), path_of(blobs).exists()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", spy)
    blobs.put(CONTENT)
    names = [(name.removeprefix(str(blobs.root)), named) for name, named in synced]
    directory = f"/sha256/{NAME[:2]}"
    assert names[1][0].startswith(f"{directory}/.new-")
    assert names == [("/sha256", False), (names[1][0], False), (directory, True)]
    # The same again: the file is whole, but whoever wrote it may not be done with its name.
    synced.clear()
    LocalBlobs(blobs.root).put(CONTENT)
    assert synced[-1][0].endswith(directory)


STEPS = {"directory sync": 0, "file sync": 1, "name sync": 2}


@pytest.mark.parametrize("step", [*STEPS, "link"])
@pytest.mark.parametrize("kept", [False, True], ids=["failed and lost", "failed and kept"])
def test_a_put_that_fails_at_any_step_leaves_the_whole_blob_or_none_and_can_be_repeated(
    blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch, step: str, kept: bool
) -> None:
    with monkeypatch.context() as patch:
        fail_at(patch, "link" if step == "link" else "fsync", STEPS.get(step, 0), kept=kept)
        with pytest.raises(StoreFull, match="nothing was written, free some room"):
            blobs.put(CONTENT)
    assert blobs.find(NAME) in (None, CONTENT)
    assert [path for path in files(blobs) if path != path_of(blobs)] == []
    assert blobs.put(CONTENT) == NAME
    assert blobs.get(NAME) == CONTENT


def fail_at(patch: pytest.MonkeyPatch, function: str, calls: int, *, kept: bool) -> None:
    """Let a function of `os` fail after so many calls, carried out all the same (kept) or not."""
    real, countdown = getattr(os, function), iter(range(calls, -1, -1))

    def call(*args: object) -> None:
        left = next(countdown, 1)
        if left or kept:
            real(*args)
        if not left:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    patch.setattr(os, function, call)


def test_a_write_cut_short_leaves_nothing(blobs: LocalBlobs) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, limits[1]))
    try:
        with pytest.raises(StoreError, match="File too large"):
            blobs.put(b"x" * 10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert files(blobs) == []


def test_another_fault_of_the_disk_is_a_store_error(
    blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreError, match="Input/output error") as raised:
        blobs.put(CONTENT)
    assert not isinstance(raised.value, StoreFull)


def test_a_directory_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("a file")
    with pytest.raises(StoreError, match="File exists"):
        LocalBlobs(tmp_path / "blobs")
