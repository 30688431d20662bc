"""The channel that always exists: one JSON line a notice in a private file of the home.

Texts are in clear there, as in any message that was sent: it is a copy for people, not evidence. It may be
removed at any time; nothing reads it but this module, to write no notice twice.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from application.channels.contract import Content, Delivered, Message, Undelivered
from ledger.durable import sync_directory
from projections.outbox import key


class Line(Content, frozen=True, kw_only=True):
    """One line of the file: what was told, and to whom."""

    recipient: str | None = None


class _Named(msgspec.Struct):
    incident: str
    notification_id: str


_NAMES = msgspec.json.Decoder(_Named)


class FileChannel:
    """Appends to the file at ``path``; processes and threads take turns by a lock on it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def deliver(self, message: Message) -> Delivered | Undelivered:
        """Return once the line is on durable storage; one that is there already is not written again."""
        try:
            with self._locked() as descriptor:
                if message.key not in _keys(self._path):
                    _append(descriptor, msgspec.json.encode(_line(message)))
        except OSError as e:
            return Undelivered(error=f"{self._path.name}: {e.strerror or type(e).__name__}")
        return Delivered(proof="recorded_locally")

    @contextmanager
    def _locked(self) -> Iterator[int]:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(self._path, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
            os.fsync(descriptor)
            sync_directory(self._path.parent)
        finally:
            os.close(descriptor)


def _line(message: Message) -> Line:
    return Line(**msgspec.structs.asdict(message.content), recipient=message.recipient)


def _keys(path: Path) -> set[str]:
    found: set[str] = set()
    with path.open("rb") as file:
        for line in file:
            try:
                named = _NAMES.decode(line)
            except msgspec.MsgspecError:
                # Cut short by a crash, or somebody's own words: no notice that was written whole.
                continue
            found.add(key(named.incident, named.notification_id))
    return found


def _append(descriptor: int, line: bytes) -> None:
    size = os.fstat(descriptor).st_size
    # What a crash cut short ends here, so that it does not swallow this line.
    broken = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
    data = (b"\n" if broken else b"") + line + b"\n"
    while data:
        data = data[os.write(descriptor, data) :]
