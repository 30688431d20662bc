"""Blobs in a local directory: ``sha256/ab/<64 hex>``.

On return of a put the file, its name and each directory above it are on durable storage; obstore makes writes
atomic but not durable, so those are our own. A file gets its name when it is whole and synced; what a crash
leaves beside it is swept after a day.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import obstore
from obstore.store import LocalStore

from application.blobs import Again, blob_name, proven
from application.disk_faults import translated
from application.object_blobs import ObjectBlobs
from ledger.durable import create_durably, replace_durably, sync_directory


class LocalBlobs(ObjectBlobs):
    """A directory of blobs. Any thread may use it; so may several processes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._synced: set[Path] = set()  # directories this process knows to be durable; it only ever grows
        with translated("blobs"):
            self._make_directory(root)
            self._make_directory(root / "sha256")
            root.chmod(0o700)
            super().__init__(LocalStore(root))

    def put(self, content: bytes) -> str:
        """Store bytes and return their SHA-256."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.root / blob_name(sha256)
        with translated(f"blob {sha256}"):
            self._make_directory(path.parent)
            try:
                create_durably(path, content)
            except FileExistsError:
                self._settle(path, sha256, lambda: (content,))
        return sha256

    def put_chunks(self, sha256: str, again: Again) -> None:
        """Store bytes of any size under their SHA-256."""
        path = self.root / blob_name(sha256)
        with translated(f"blob {sha256}"):
            self._make_directory(path.parent)
            self._settle(path, sha256, again)

    def delete(self, sha256: str) -> None:
        """Remove a blob, durably."""
        path = self.root / blob_name(sha256)
        with translated(f"blob {sha256}"), suppress(FileNotFoundError):
            obstore.delete(self._store, blob_name(sha256))
            sync_directory(path.parent)

    def sweep(self, older_than: datetime) -> int:
        """Remove unfinished files that a crash left before ``older_than``; return how many."""
        limit = older_than.timestamp()
        with translated("blobs"):
            unfinished = (self.root / "sha256").glob("*/.new-*")
            left = [path for path in unfinished if path.stat().st_mtime < limit]
            for path in left:
                path.unlink(missing_ok=True)
        return len(left)

    def _settle(self, path: Path, sha256: str, again: Again) -> None:
        # Who wrote the other file may not be done with syncing its name; or it has rotted since.
        if self.holds(sha256):
            sync_directory(path.parent)
        else:
            replace_durably(path, proven(again(), sha256))

    def _make_directory(self, path: Path) -> None:
        if path in self._synced:
            return
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Even if it was there: another process may have made it a moment ago, and not be done with syncing.
        sync_directory(path.parent)
        self._synced.add(path)
