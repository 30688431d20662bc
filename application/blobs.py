"""The blob store: bytes under their own SHA-256, written once, verified on read (design section 3, R-STO-04).

A local directory behind obstore: ``sha256/ab/<64 hex>``. On return of `put` the file, its name and each
directory above it are on durable storage (obstore makes writes atomic, not durable, so we sync). A file gets
its name when it is whole and synced; what a crash leaves behind is in ``staging`` and swept after a day.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore

from ledger.durable import sync_directory
from ledger.errors import IntegrityError, StoreError, StoreFull
from ledger.strict import shown

_HASH = re.compile("[0-9a-f]{64}")
_NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT)
_STAGING = "staging"


class Blobs:
    """A directory of blobs. Any thread may use it; so may several processes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        with _translated("blobs"):
            for directory in (root, root / _STAGING, root / "sha256"):
                self._make_directory(directory)
            root.chmod(0o700)
            self._store = LocalStore(root)

    def put(self, content: bytes) -> str:
        """Store bytes and return their SHA-256, hexadecimal; the same bytes again change nothing.

        Raises `StoreFull` or `StoreError` with nothing under the final name, or the whole file.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        staged = f"{_STAGING}/{os.urandom(16).hex()}"
        with _translated(f"blob {sha256}"):
            try:
                obstore.put(self._store, staged, content, use_multipart=False)
                self._sync(self.root / staged)
                self._name(staged, sha256)
            finally:
                (self.root / staged).unlink(missing_ok=True)
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
        with _translated(f"blob {sha256}"), contextlib.suppress(FileNotFoundError):
            path.unlink()
            sync_directory(path.parent)

    def sweep(self, older_than: datetime) -> int:
        """Remove what crashes left in the staging directory before ``older_than``; return how many files."""
        with _translated("blobs"):
            left = [p for p in (self.root / _STAGING).iterdir() if p.stat().st_mtime < older_than.timestamp()]
            for path in left:
                path.unlink(missing_ok=True)
        return len(left)

    def _name(self, staged: str, sha256: str) -> None:
        path = self.root / _path(sha256)
        self._make_directory(path.parent)
        try:
            obstore.rename(self._store, staged, _path(sha256), overwrite=False)
        except AlreadyExistsError:
            self._settle(staged, sha256)
        sync_directory(path.parent)

    def _settle(self, staged: str, sha256: str) -> None:
        # Who wrote the other file may not have synced it yet, or it may have rotted since.
        try:
            self.get(sha256)
            self._sync(self.root / _path(sha256))
        except IntegrityError:
            obstore.rename(self._store, staged, _path(sha256), overwrite=True)

    def _make_directory(self, path: Path) -> None:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Each time: another process may have made it a moment ago, and not be done with syncing.
        sync_directory(path.parent)

    def _sync(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fchmod(descriptor, 0o600)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


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
        # obstore tells the operating system's number in its text only.
        if getattr(error, "errno", None) in _NO_ROOM or any(
            f"(os error {n})" in str(error) for n in _NO_ROOM
        ):
            raise StoreFull(f"{message}; nothing was written, free some room and try again") from error
        raise StoreError(message) from error
