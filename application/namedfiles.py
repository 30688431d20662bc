"""Files that entries name, copied into an export byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from application.blobs import Blobs
from application.exportfiles import ExportFiles
from ledger.errors import IntegrityError


def copy_named(blobs: Blobs, sha256: str, files: ExportFiles, path: str, position: int) -> None:
    """Copy the bytes with this SHA-256, which the entry at ``position`` names, to ``path``, piece by piece.

    Raises `IntegrityError` if they are missing or others.
    """
    with _naming(position):
        files.write_chunks(path, _chunks(blobs, sha256))


def _chunks(blobs: Blobs, sha256: str) -> Iterator[bytes]:
    chunks = blobs.chunks(sha256)
    if chunks is None:
        raise IntegrityError(f"blob {sha256}", "a file", "none")
    return chunks


@contextmanager
def _naming(position: int) -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        place = f"{error.place}, named by entry {position}"
        raise IntegrityError(place, error.expected, error.found) from error
