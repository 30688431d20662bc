"""Keeps one program that several test processes share, and ends it once none of them is left.

Each of them holds a shared lock on the file ``users`` of the folder, and the kernel lets go of it when one
dies, however that happens: so this process is granted the lock alone when, and only when, nobody is left.
"""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path


def keep(folder: Path, *command: str) -> None:
    """Run ``command`` until nobody uses what is in ``folder``."""
    with (folder / "users").open("w") as users, subprocess.Popen(command) as kept:
        fcntl.flock(users, fcntl.LOCK_EX)
        # Whoever comes now waits for the lock, finds nothing there, and starts another.
        (folder / "address").unlink(missing_ok=True)
        kept.kill()


if __name__ == "__main__":
    keep(Path(sys.argv[1]), *sys.argv[2:])
