"""An export that is one file: the canonical ZIP of what a directory would hold (``docs/formats/zip.md``).

A file that is spelled otherwise is no export at all: its list of files is the finding, and nothing in it is
read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from ledger.canonicalzip import CanonicalZip
from ledger.errors import IntegrityError
from verifier.errors import NotThere, Refused, Unreadable
from verifier.source import File, check_size


class Archive:
    """The files in a ZIP, which stays open as long as its owner keeps it open."""

    listed = True

    def __init__(self, file: BinaryIO) -> None:
        self._zip: CanonicalZip | None = None
        self._wrong: IntegrityError | Unreadable | None = None
        try:
            self._zip = CanonicalZip(file)
        except IntegrityError as error:
            self._wrong = error
        except OSError as error:
            self._wrong = _unreadable("zip", error)

    def files(self, under: str = "") -> Iterator[File]:
        """Yield everything below ``under``, in order; raises `IntegrityError` if this is no canonical ZIP."""
        if self._zip is None:
            raise self._wrong or Refused("zip")
        prefix = f"{under}/" if under else ""
        try:
            for member in self._zip.members():
                if member.name.startswith(prefix):
                    yield File(member.name, member.size)
        except OSError as error:
            raise _unreadable("zip", error) from error

    def read(self, path: str, limit: int) -> bytes:
        """Return a file's bytes."""
        return b"".join(self._pieces(path, limit))

    def chunks(self, path: str) -> Iterator[bytes]:
        """Yield a file's bytes piece by piece."""
        return self._pieces(path, None)

    def _pieces(self, path: str, limit: int | None) -> Iterator[bytes]:
        if self._zip is None:
            raise Refused(path)
        try:
            member = self._zip.find(path)
            if member is None:
                raise NotThere(path)
            if limit is not None:
                check_size(path, member.size, limit)
            yield from self._zip.chunks(path)
        except OSError as error:
            raise _unreadable(path, error) from error


def _unreadable(path: str, error: OSError) -> Unreadable:
    return Unreadable(path, error.strerror or "cannot be read")
