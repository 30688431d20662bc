"""Where the bytes to verify come from: a directory, or memory; `verifier.remote` adds a live log.

A source hands out bytes and trusts none of them. Paths are relative, ``/`` between names.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

import msgspec

from ledger.errors import IntegrityError
from verifier.errors import NotThere, Unreadable

CHUNK = 1 << 18
MAX_DEPTH = 16


class File(msgspec.Struct, frozen=True):
    """A name in a source: its path, its size in bytes, and whether it is a regular file."""

    path: str
    size: int
    regular: bool = True


class Source(Protocol):
    """What the verifier reads from. Every path may come from an attacker's file."""

    @property
    def listed(self) -> bool:
        """Whether `files` knows everything there is; a live log only answers when asked."""

    def files(self, under: str = "") -> Iterator[File]:
        """Yield everything below directory ``under`` in the order of the paths; raises `Unreadable`."""

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes; raises `NotThere`, `Unreadable`, or `IntegrityError` beyond ``limit``."""

    def chunks(self, path: str) -> Iterator[bytes]:
        """Yield a file's bytes piece by piece, whatever its size; raises as `read`."""


def check_size(path: str, size: int, limit: int) -> None:
    """Return when a file may be read into memory; raise `IntegrityError` otherwise."""
    if size > limit:
        raise IntegrityError(path, f"at most {limit} bytes", size)


class Memory:
    """Files in a mapping of paths to bytes."""

    listed = True

    def __init__(self, content: Mapping[str, bytes]) -> None:
        self._content = content

    def files(self, under: str = "") -> Iterator[File]:
        """Yield everything below ``under``, in order."""
        prefix = f"{under}/" if under else ""
        for path in sorted(self._content):
            if path.startswith(prefix):
                yield File(path, len(self._content[path]))

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes."""
        content = self._content.get(path)
        if content is None:
            raise NotThere(path)
        check_size(path, len(content), limit)
        return content

    def chunks(self, path: str) -> Iterator[bytes]:
        """Yield a file's bytes."""
        yield self.read(path, len(self._content.get(path, b"")))


class Directory:
    """A directory on disk. No symbolic link below it is ever followed."""

    listed = True

    def __init__(self, root: Path) -> None:
        self._root = root

    def files(self, under: str = "") -> Iterator[File]:
        """Yield everything below ``under``, in order."""
        try:
            yield from _walk(self._root / under, f"{under}/" if under else "")
        except FileNotFoundError:
            return
        except OSError as error:
            raise Unreadable(under or ".", error.strerror or "cannot be listed") from error

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes."""
        with self._open(path) as file:
            size = os.fstat(file.fileno()).st_size
            check_size(path, size, limit)
            content = file.read(size + 1)
        check_size(path, len(content), limit)
        return content

    def chunks(self, path: str) -> Iterator[bytes]:
        """Yield a file's bytes, at most `CHUNK` at once."""
        with self._open(path) as file:
            while chunk := file.read(CHUNK):
                yield chunk

    @contextmanager
    def _open(self, path: str) -> Iterator[IO[bytes]]:
        try:
            with os.fdopen(_descend(self._root, path.split("/")), "rb", buffering=0) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise IntegrityError(path, "a regular file", "something else")
                yield file
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotThere(path) from error
        except OSError as error:
            raise Unreadable(path, error.strerror or "cannot be read") from error


def _descend(root: Path, names: list[str]) -> int:
    """Return a descriptor of the file, one directory at a time so that no link is followed on the way."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    directory = os.open(root, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY)
    for name in names[:-1]:
        try:
            below = os.open(name, flags | os.O_DIRECTORY, dir_fd=directory)
        finally:
            os.close(directory)
        directory = below
    try:
        return os.open(names[-1], flags, dir_fd=directory)
    finally:
        os.close(directory)


def _walk(directory: Path, prefix: str) -> Iterator[File]:
    if prefix.count("/") > MAX_DEPTH:
        # Nothing of ours lies that deep; named as it is, so that it is found and not followed.
        yield File(prefix.rstrip("/"), 0, regular=False)
        return
    with os.scandir(directory) as found:
        entries = [(e.name, e.is_dir(follow_symlinks=False), e.stat(follow_symlinks=False)) for e in found]
    # A directory sorts as its name and a slash, as its files do in the order of whole paths.
    for name, is_directory, status in sorted(entries, key=lambda e: e[0] + "/" * e[1]):
        if is_directory:
            yield from _walk(directory / name, f"{prefix}{name}/")
        else:
            yield File(prefix + name, status.st_size, stat.S_ISREG(status.st_mode))
