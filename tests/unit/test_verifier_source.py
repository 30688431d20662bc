"""Sources hand out bytes and nothing but bytes: no link is followed, nothing grows beyond its limit."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ledger.errors import IntegrityError
from verifier.errors import NotThere, Unreadable
from verifier.source import CHUNK, Directory, File, Memory, Source

CONTENT = {"a/b": b"1", "a.b": b"22", "a/c/d": b"333", "b": b"", "a-": b"4"}
IN_ORDER = ["a-", "a.b", "a/b", "a/c/d", "b"]


@pytest.fixture(params=["memory", "directory"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    if request.param == "memory":
        return Memory(CONTENT)
    for path, data in CONTENT.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    (tmp_path / "empty").mkdir()
    return Directory(tmp_path)


def test_files_come_in_the_order_of_whole_paths(source: Source) -> None:
    assert [file.path for file in source.files()] == IN_ORDER == sorted(CONTENT)
    assert [file.size for file in source.files()] == [len(CONTENT[path]) for path in IN_ORDER]
    assert all(file.regular for file in source.files())


def test_files_of_one_directory(source: Source) -> None:
    assert [file.path for file in source.files("a")] == ["a/b", "a/c/d"]
    assert list(source.files("nowhere")) == []


def test_bytes_are_read_up_to_a_limit(source: Source) -> None:
    assert source.read("a/c/d", 3) == b"333"
    assert b"".join(source.chunks("a/c/d")) == b"333"
    with pytest.raises(IntegrityError, match="a/c/d: expected at most 2 bytes, found 3"):
        source.read("a/c/d", 2)


@pytest.mark.parametrize("path", ["x", "a/x", "a/b/c"])
def test_a_missing_file_is_not_there(source: Source, path: str) -> None:
    with pytest.raises(NotThere, match=path):
        source.read(path, 10)
    with pytest.raises(NotThere, match=path):
        list(source.chunks(path))


def test_large_files_come_in_pieces(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * (2 * CHUNK + 1))
    assert [len(chunk) for chunk in Directory(tmp_path).chunks("large")] == [CHUNK, CHUNK, 1]


def test_a_link_is_listed_and_never_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    root = tmp_path / "root"
    root.mkdir()
    (root / "file").symlink_to(outside / "secret")
    (root / "folder").symlink_to(outside)
    source = Directory(root)
    assert [(file.path, file.regular) for file in source.files()] == [("file", False), ("folder", False)]
    with pytest.raises(Unreadable, match="file"):
        source.read("file", 10)
    with pytest.raises(NotThere, match="folder/secret"):
        source.read("folder/secret", 10)


def test_a_pipe_is_no_file_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    source = Directory(tmp_path)
    assert list(source.files()) == [File("pipe", 0, regular=False)]
    with pytest.raises(IntegrityError, match="pipe: expected a regular file"):
        source.read("pipe", 10)


def test_what_cannot_be_listed_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unreadable, match="file: Not a directory"):
        list(Directory(tmp_path).files("file"))


def test_what_cannot_be_read_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises((IntegrityError, Unreadable), match="folder"):
        Directory(tmp_path).read("folder", 10)
    with pytest.raises(Unreadable, match="name too long"):
        Directory(tmp_path).read("x" * 300, 10)
