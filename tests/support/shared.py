"""A program that all workers of a test run share: the first to ask starts it, the last to leave ends it."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from tests.support.processes import Child

Started = tuple[Child, str]
"""A running program, and the address where it answers."""


@contextmanager
def shared(folder: Path, start: Callable[[Path, Sequence[str]], Started]) -> Iterator[str]:
    """Give the address of the program that users of ``folder`` share, started by ``start`` unless it runs.

    ``start`` is given an empty folder, and the words that have to go in front of the program's command: those
    of its keeper (`tests.support.keeper`), which ends it when every user has died.
    """
    folder.mkdir(parents=True, exist_ok=True)
    address = folder / "address"
    with (folder / "users").open("w") as users:
        with _alone(folder):
            fcntl.flock(users, fcntl.LOCK_SH)
            if not address.exists():
                _start(folder, start)
            pid, servers = address.read_text().split()
        yield servers
        with _alone(folder):
            fcntl.flock(users, fcntl.LOCK_UN)
            if _left(users):
                address.unlink(missing_ok=True)
                with suppress(ProcessLookupError):
                    os.killpg(int(pid), signal.SIGKILL)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "turns").open("w") as turns:
        fcntl.flock(turns, fcntl.LOCK_EX)
        yield


def _start(folder: Path, start: Callable[[Path, Sequence[str]], Started]) -> None:
    keeper = (sys.executable, "-m", "tests.support.keeper", str(folder))
    child, servers = start(Path(tempfile.mkdtemp(dir=folder)), keeper)
    (folder / "address").write_text(f"{child.pid} {servers}")
    # It may outlive this process: its keeper and its last user end it, so nobody waits for it here.
    child.process.returncode = 0


def _left(users: IO[str]) -> bool:
    """Return whether nobody uses it; when its keeper was faster, it is ended already."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
