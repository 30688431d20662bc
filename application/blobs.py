"""The blob store: bytes under their own SHA-256, written once, verified on read (design section 3, R-STO-04).

What every store promises, a directory (`application.local_blobs`) and S3 (`application.s3_blobs`) alike: on
return of a put the bytes are on durable storage under their name; a fault leaves no name, or the whole blob,
and the put can be repeated; no other bytes than the name says are ever given out as that blob.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final, Protocol, TypeAlias

from ledger.errors import IntegrityError
from ledger.strict import is_hash, shown

CHUNK: Final = 1024 * 1024
"""How many bytes of a large blob are in memory at once, about."""

Again: TypeAlias = Callable[[], Iterable[bytes]]
"""Returns the same bytes, piece by piece, each time it is called."""


class ReadBlobs(Protocol):
    """Where bytes are read that other bytes name."""

    def get(self, sha256: str) -> bytes:
        """Return the bytes with this SHA-256; raises `IntegrityError` if they are missing or others."""


class Blobs(Protocol):
    """Where blobs are. Any thread may use it; so may several processes. Faults are `StoreError`."""

    def put(self, content: bytes) -> str:
        """Store bytes and return their SHA-256, hexadecimal; the same bytes again change nothing.

        Raises `StoreFull` or `StoreError` with nothing under the final name, or the whole blob.
        """

    def put_chunks(self, sha256: str, again: Again) -> None:
        """Store bytes of any size under their SHA-256; raises as `put`, and `IntegrityError` for others."""

    def find(self, sha256: str) -> bytes | None:
        """Return the bytes with this SHA-256, or None; raise `IntegrityError` if there are others."""

    def get(self, sha256: str) -> bytes:
        """Return the bytes with this SHA-256; raise `IntegrityError` if they are missing or others."""

    def chunks(self, sha256: str) -> Iterator[bytes] | None:
        """Return the bytes piece by piece, or None where there are none.

        Raises `IntegrityError` after the last piece when they were others: until then nothing is proven.
        """

    def holds(self, sha256: str) -> bool:
        """Return whether a blob is there and its bytes are the right ones."""

    def size(self, sha256: str) -> int | None:
        """Return how many bytes are stored under a name, or None; they are not looked at."""

    def delete(self, sha256: str) -> None:
        """Remove a blob, durably; one that is not there is no error."""

    def sweep(self, older_than: datetime) -> int:
        """Remove what puts that were cut off left before ``older_than``; return how many."""


def blob_name(sha256: str) -> str:
    """Return where a blob is, below the root of its store; raise `IntegrityError` for another name."""
    if not is_hash(sha256):
        # A name from outside must not walk to other directories.
        raise IntegrityError("blob name", "64 lower-case hexadecimal characters", shown(sha256))
    return f"sha256/{sha256[:2]}/{sha256}"


def stored_chunks(blobs: Blobs, sha256: str) -> Iterator[bytes]:
    """Return the bytes piece by piece as `Blobs.chunks` does; raise `IntegrityError` where there are none."""
    chunks = blobs.chunks(sha256)
    if chunks is None:
        raise IntegrityError(f"blob {sha256}", "a file", "none")
    return chunks


def proven(chunks: Iterable[bytes], sha256: str) -> Iterator[bytes]:
    """Yield the pieces, and raise `IntegrityError` at the end if they do not make the bytes named so."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
        yield chunk
    if (found := digest.hexdigest()) != sha256:
        raise IntegrityError(f"blob {sha256}", "bytes with that SHA-256", found)
