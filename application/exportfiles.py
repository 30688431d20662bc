"""Files of an export in the making: each synced when written, the whole visible only when complete."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.durable import sync_directory
from ledger.errors import StoreError, StoreFull
from ledger.exportlayout import SUMS, sums_line

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class ExportFiles:
    """A directory that is being filled. Paths are relative, with ``/``, and never written twice."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.count = 0

    def write(self, path: str, content: bytes) -> None:
        """Return when a new file is on the disk."""
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        self.count += 1

    def has(self, path: str) -> bool:
        """Return whether the file was written."""
        return (self._root / path).exists()

    def write_sums(self) -> None:
        """Write the SHA-256 of every file, read back from the disk, in the order of their paths."""
        with (self._root / SUMS).open("x", encoding="ascii", newline="\n") as sums:
            for path in _paths(self._root, ""):
                if path != SUMS:
                    sums.write(sums_line(_sha256(self._root / path), path))
            sums.flush()
            os.fsync(sums.fileno())
        self.count += 1

    def sync_directories(self) -> None:
        """Return when the names of all files are on the disk as well."""
        for directory, _, _ in os.walk(self._root, topdown=False):
            sync_directory(Path(directory))


@contextmanager
def whole_or_absent(out: Path) -> Iterator[ExportFiles]:
    """Give files to fill; at a clean end they are all at ``out``, otherwise nothing is.

    Raises `StoreError` when ``out`` is anything but absent or an empty directory, or cannot be written.
    """
    temporary = None
    try:
        if out.is_symlink() or (out.exists() and (not out.is_dir() or any(out.iterdir()))):
            raise StoreError(f"export {out}: expected a new or empty directory, found something else there")
        temporary = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
        files = ExportFiles(temporary)
        yield files
        files.sync_directories()
        # Over an empty directory too; over one that somebody filled meanwhile it fails.
        temporary.rename(out)
        sync_directory(out.parent)
    except OSError as error:
        full = error.errno in _NO_ROOM
        raise (StoreFull if full else StoreError)(f"export {out}: {error.strerror or error}") from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def _paths(directory: Path, prefix: str) -> Iterator[str]:
    """Yield every file below ``directory`` in the order of whole paths, where a directory ends in a slash."""
    with os.scandir(directory) as found:
        names = sorted(entry.name + "/" * entry.is_dir() for entry in found)
    for name in names:
        if name.endswith("/"):
            yield from _paths(directory / name, prefix + name)
        else:
            yield prefix + name


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
