"""Files of an export in the making, counted and summed up at the end."""

from __future__ import annotations

import hashlib
import os
import zlib
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from application.progress import Progress, no_progress
from ledger.durable import sync_directory
from ledger.exportlayout import SUMS, sums_line
from ledger.zipheaders import Member

_CHUNK = 1 << 20


class ExportFiles:
    """A directory that is being filled. Paths are relative, with ``/``, and never written twice.

    With ``durable`` each file is on the disk when it is written.
    """

    def __init__(self, root: Path, *, durable: bool = True) -> None:
        self._root, self._durable = root, durable
        self._checksums = array("L")  # CRC-32 of each file but the sums, in the order of paths
        self.count = 0

    def write(self, path: str, content: bytes) -> None:
        """Write a new file."""
        self.write_chunks(path, (content,))

    def write_chunks(self, path: str, chunks: Iterable[bytes]) -> None:
        """Write a new file piece by piece; what ``chunks`` raises leaves half of it."""
        with self.open(path) as file:
            for chunk in chunks:
                file.write(chunk)

    @contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """Give a new file to write to."""
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            yield file
            file.flush()
            if self._durable:
                os.fsync(file.fileno())
        self.count += 1

    def has(self, path: str) -> bool:
        """Return whether the file was written."""
        return (self._root / path).exists()

    def write_sums(self, progress: Progress = no_progress) -> None:
        """Write the SHA-256 of every file, read back from the disk, in the order of their paths.

        Nothing is written afterwards.
        """
        total = self.count
        with self.open(SUMS) as sums:
            for path in _paths(self._root, ""):
                if path != SUMS:
                    sha256, crc32 = _digests(self.chunks(path))
                    sums.write(sums_line(sha256, path).encode("ascii"))
                    self._checksums.append(crc32)
                    progress("sums", len(self._checksums), total)

    def __iter__(self) -> Iterator[Member]:
        """Yield every file as a ZIP names it, in the order of their paths; only after `write_sums`."""
        checksums = iter(self._checksums)
        for path in _paths(self._root, ""):
            crc32 = _digests(self.chunks(path))[1] if path == SUMS else next(checksums)
            yield Member(path, (self._root / path).stat().st_size, crc32)

    def chunks(self, path: str) -> Iterator[bytes]:
        """Yield the bytes of a file, piece by piece."""
        with (self._root / path).open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk

    def sync_directories(self) -> None:
        """Return when the names of all files are on the disk as well."""
        for directory, _, _ in os.walk(self._root, topdown=False):
            sync_directory(Path(directory))


def _paths(directory: Path, prefix: str) -> Iterator[str]:
    """Yield every file below ``directory`` in the order of whole paths, where a directory ends in a slash."""
    with os.scandir(directory) as found:
        names = sorted(entry.name + "/" * entry.is_dir() for entry in found)
    for name in names:
        if name.endswith("/"):
            yield from _paths(directory / name, prefix + name)
        else:
            yield prefix + name


def _digests(chunks: Iterable[bytes]) -> tuple[str, int]:
    sha256, crc32 = hashlib.sha256(), 0
    for chunk in chunks:
        sha256.update(chunk)
        crc32 = zlib.crc32(chunk, crc32)
    return sha256.hexdigest(), crc32
