"""Files that are whole or absent after a crash."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def create_durably(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Return when ``path`` is a new, durable file with ``content``; raise `FileExistsError` otherwise."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        # A hard link is exclusive and atomic at once: no crash leaves half a key under the final name.
        os.link(temporary, path)
    finally:
        Path(temporary).unlink()
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Return when the names inside directory ``path`` are on durable storage."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_durably(path: Path, content: bytes | Iterable[bytes], mode: int = 0o600) -> None:
    """Return when ``path`` durably holds ``content``; a crash leaves the old file or the new, whole.

    Pieces are written as they come; what raises on the way, their source or the disk, leaves the old file.
    """
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.writelines((content,) if isinstance(content, bytes) else content)
            file.flush()
            os.fsync(descriptor)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_directory(path.parent)
