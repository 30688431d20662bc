"""Files of an incident, from and to this machine: what both sides of the desk need for them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from tallystick.desk import Source

PIECE: Final = 1024 * 1024


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
