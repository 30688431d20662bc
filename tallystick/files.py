"""Files of an incident, from and to this machine: what both sides of the desk need for them."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from application.incident_views import EvidenceView
from tallystick.desk import NotDone, Source

PIECE: Final = 1024 * 1024
_SHA256 = re.compile("[0-9a-f]{64}")


def pieces(source: Source) -> Iterator[bytes]:
    """Yield what is left of a file."""
    while piece := source.read(PIECE):
        yield piece


class Watched:
    """A file that is read or written; how far is told to ``step``."""

    def __init__(self, file: BinaryIO, step: Callable[[int], None]) -> None:
        self._file, self._step, self._done = file, step, 0

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        return self._told(self._file.read(size))

    def write(self, piece: bytes, /) -> int:
        """Write bytes."""
        return self._file.write(self._told(piece))

    def _told(self, piece: bytes) -> bytes:
        self._done += len(piece)
        self._step(self._done)
        return piece


def sha256_of(which: str, evidence: Callable[[], EvidenceView]) -> str:
    """Return the SHA-256 that ``which`` is, or that the evidence of that id has; raises `NotDone`."""
    if _SHA256.fullmatch(which):
        return which
    found = next((piece for piece in evidence().evidence if piece.evidence_id == which), None)
    if found is None:
        raise NotDone("NOT_FOUND", f"evidence {which}: expected an id or a SHA-256 that `list` shows")
    if found.sha256 is None:
        raise NotDone("NOT_FOUND", f"evidence {which}: it has no file; `list` shows what it is")
    return found.sha256


@contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that is at ``path`` once the block ends well, and nowhere otherwise.

    It can be read by its owner alone. Raises `FileExistsError` rather than replace another.
    """
    descriptor, part = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        os.link(part, path)
    finally:
        Path(part).unlink()
