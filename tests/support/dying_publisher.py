"""A child process that publishes once and is killed on the way.

``python -m tests.support.dying_publisher FOLDER STEP``
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from ledger.store.sqlite import SqliteStore
from tests.support.ledgers import open_publisher


def main(folder: Path, step: str) -> None:
    """Publish; at ``step`` the process ends as by a power cut."""

    def at_step(name: str) -> None:
        if name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    open_publisher(SqliteStore(folder / "ledger.db"), folder, holder="dying", at_step=at_step).publish()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
