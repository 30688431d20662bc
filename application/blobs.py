"""The blob store: bytes under their own SHA-256, written once, verified on read (design section 3, R-STO-04).

A local directory, read through obstore: ``sha256/ab/<64 hex>``. On return of `put` the file, its name and
each directory above it are on durable storage; obstore makes writes atomic but not durable, so those are our
own. A file gets its name when it is whole and synced; what a crash leaves beside it is swept after a day.
"""

from __future__ import annotations

import errno
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore

from ledger.durable import create_durably, replace_durably, sync_directory
from ledger.errors import IntegrityError, StoreError, StoreFull
from ledger.strict import shown

_HASH = re.compile("[0-9a-f]{64}")
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)


class Blobs:
    """A directory of blobs. Any thread may use it; so may several processes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._synced: set[Path] = set()  # directories this process knows to be durable; it only ever grows
        with _translated("blobs"):
            self._make_directory(root)
            self._make_directory(root / "sha256")
            root.chmod(0o700)
            self._store = LocalStore(root)

    def put(self, content: bytes) -> str:
        """Store bytes and return their SHA-256, hexadecimal; the same bytes again change nothing.

        Raises `StoreFull` or `StoreError` with nothing under the final name, or the whole file.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.root / _path(sha256)
        with _translated(f"blob {sha256}"):
            self._make_directory(path.parent)
            try:
                create_durably(path, content)
            except FileExistsError:
                self._settle(path, content)
        return sha256

    def find(self, sha256: str) -> bytes | None:
        """Return the bytes with this SHA-256, or None; raise `IntegrityError` if the file holds others."""
        with _translated(f"blob {sha256}"):
            try:
                content = obstore.get(self._store, _path(sha256)).bytes().to_bytes()
            except FileNotFoundError:
                return None
        if (found := hashlib.sha256(content).hexdigest()) != sha256:
            raise IntegrityError(f"blob {sha256}", "bytes with that SHA-256", found)
        return content

    def get(self, sha256: str) -> bytes:
        """Return the bytes with this SHA-256; raise `IntegrityError` if they are missing or others."""
        content = self.find(sha256)
        if content is None:
            raise IntegrityError(f"blob {sha256}", "a file", "none")
        return content

    def delete(self, sha256: str) -> None:
        """Remove a blob, durably; one that is not there is no error."""
        path = self.root / _path(sha256)
        with _translated(f"blob {sha256}"), suppress(FileNotFoundError):
            obstore.delete(self._store, _path(sha256))
            sync_directory(path.parent)

    def sweep(self, older_than: datetime) -> int:
        """Remove unfinished files that a crash left before ``older_than``; return how many."""
        limit = older_than.timestamp()
        with _translated("blobs"):
            unfinished = (self.root / "sha256").glob("*/.new-*")
            left = [path for path in unfinished if path.stat().st_mtime < limit]
            for path in left:
                path.unlink(missing_ok=True)
        return len(left)

    def _settle(self, path: Path, content: bytes) -> None:
        # Who wrote the other file may not be done with syncing its name; or it has rotted since.
        if path.read_bytes() == content:
            sync_directory(path.parent)
        else:
            replace_durably(path, content)

    def _make_directory(self, path: Path) -> None:
        if path in self._synced:
            return
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Even if it was there: another process may have made it a moment ago, and not be done with syncing.
        sync_directory(path.parent)
        self._synced.add(path)


def _path(sha256: str) -> str:
    if _HASH.fullmatch(sha256) is None:
        # A name from outside must not walk to other directories.
        raise IntegrityError("blob name", "64 lower-case hexadecimal characters", shown(sha256))
    return f"sha256/{sha256[:2]}/{sha256}"


@contextmanager
def _translated(what: str) -> Iterator[None]:
    """Raise the ledger's errors for those of the operating system and of obstore."""
    try:
        yield
    except (OSError, BaseError) as error:
        message = f"{what}: {str(error).splitlines()[0]}"
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            raise StoreFull(f"{message}; nothing was written, free some room and try again") from error
        raise StoreError(message) from error
