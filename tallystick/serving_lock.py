"""One process serves a home (docs/decisions/0008): a lock file, whose lock ends with its process."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from ledger.errors import StoreError
from tallystick.home import Home


class HomeServed(StoreError):
    """Another process serves this home."""


@contextmanager
def serving_lock(home: Home) -> Iterator[None]:
    """Hold what one process at a time may hold of a home; raises `HomeServed`."""
    descriptor = os.open(home.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(descriptor, home)
        yield
    finally:
        os.close(descriptor)


def is_served(home: Home) -> bool:
    """Return whether another process serves this home, as of a moment ago."""
    try:
        descriptor = os.open(home.lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # Shared, so that those who only ask do not take each other for a service.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _take(descriptor: int, home: Home) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as e:
        by = os.read(descriptor, 20).decode("ascii", "replace").strip()
        raise HomeServed(f"home {home.path}: process {by} serves it already; stop that first") from e
    os.truncate(descriptor, 0)
    os.write(descriptor, f"{os.getpid()}\n".encode())
