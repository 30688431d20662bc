"""Blobs read through obstore, which is the same for a directory and for S3."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import obstore
from obstore.store import ObjectStore

from application.blobs import CHUNK, blob_name, proven
from application.disk_faults import translated
from ledger.errors import IntegrityError


class ObjectBlobs:
    """The reading half of a blob store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def find(self, sha256: str) -> bytes | None:
        """Return the bytes with this SHA-256, or None; raise `IntegrityError` if there are others."""
        with translated(f"blob {sha256}"):
            try:
                content = obstore.get(self._store, blob_name(sha256)).bytes().to_bytes()
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

    def chunks(self, sha256: str) -> Iterator[bytes] | None:
        """Return the bytes piece by piece, or None; raise `IntegrityError` at the end if they were others."""
        with translated(f"blob {sha256}"):
            try:
                found = obstore.get(self._store, blob_name(sha256))
            except FileNotFoundError:
                return None
        return proven(_pieces(found, sha256), sha256)

    def size(self, sha256: str) -> int | None:
        """Return how many bytes are stored under a name, or None."""
        with translated(f"blob {sha256}"):
            try:
                return obstore.head(self._store, blob_name(sha256))["size"]
            except FileNotFoundError:
                return None

    def holds(self, sha256: str) -> bool:
        """Return whether a blob is there and its bytes are the right ones."""
        try:
            chunks = self.chunks(sha256)
            return chunks is not None and all(True for _ in chunks)
        except IntegrityError:
            return False


def _pieces(found: obstore.GetResult, sha256: str) -> Iterator[bytes]:
    with translated(f"blob {sha256}"):
        for piece in found.stream(min_chunk_size=CHUNK):
            yield bytes(piece)
