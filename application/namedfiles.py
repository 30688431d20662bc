"""Files that entries name, copied into an export byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from application.blobs import Blobs, stored_chunks
from application.exportfiles import ExportFiles
from ledger.errors import IntegrityError


def copy_named(blobs: Blobs, sha256: str, files: ExportFiles, path: str, position: int) -> None:
    """Copy the bytes with this SHA-256, which the entry at ``position`` names, to ``path``, piece by piece.

    Raises `IntegrityError` if they are missing or others.
    """
    with _naming(position):
        files.write_chunks(path, stored_chunks(blobs, sha256))


@contextmanager
def _naming(position: int) -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        place = f"{error.place}, named by entry {position}"
        raise IntegrityError(place, error.expected, error.found) from error
