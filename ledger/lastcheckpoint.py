"""The record outside the database of the largest tree this log has promised to sign.

A small file with a checkpoint body (origin, size, root; not signed), replaced by compare and
swap under a file lock, durable on return. It is what tells a database restored from an old
copy from the real one: the file is larger than the log.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.checkpoint import Checkpoint, encode_body, parse_body
from ledger.durable import replace_durably
from ledger.errors import IntegrityError, StoreError


class LastCheckpoint:
    """One such file; it need not exist yet."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Checkpoint | None:
        """Return what the file promises, None when there is no file.

        Raises `IntegrityError` when it is not a checkpoint body, `StoreError` when unreadable.
        """
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as e:
            raise StoreError(f"last checkpoint {self.path.name}: cannot be read: {e.strerror}") from e
        try:
            return parse_body(data.decode("utf-8"))
        except (UnicodeDecodeError, IntegrityError) as e:
            raise IntegrityError(
                f"last checkpoint {self.path.name}", "a checkpoint body", repr(data[:60])
            ) from e

    def replace(self, old: Checkpoint | None, new: Checkpoint) -> None:
        """Store ``new`` if the file still holds ``old``; durable on return.

        Raises `StoreError` when another process has replaced it meanwhile, or it cannot be written.
        """
        try:
            with self._locked():
                found = self.read()
                if found != old:
                    # Not evidence against anybody: start again from what it promises now.
                    raise StoreError(
                        f"last checkpoint {self.path.name}: expected {_brief(old)}, found {_brief(found)}"
                    )
                replace_durably(self.path, encode_body(new).encode())
        except OSError as e:
            raise StoreError(f"last checkpoint {self.path.name}: cannot be written: {e.strerror}") from e

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = self.path.with_name(f".{self.path.name}.lock")
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _brief(checkpoint: Checkpoint | None) -> str:
    return "no file" if checkpoint is None else f"size {checkpoint.size}, root {checkpoint.root.hex()}"
