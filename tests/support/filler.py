"""A child process that appends until there is no room left, makes some, and appends again.

``python -m tests.support.filler FOLDER [LIMIT]``: with LIMIT no file of the process may grow beyond that many
bytes, otherwise the room is that of the file system, and a file named ``ballast`` holds some of it back.
Prints one JSON object: the error's type and text, what was acknowledged, what is there, and what ``log fsck``
finds.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from ledger.append import AppendRequest, Part
from ledger.errors import StoreError
from ledger.fsck import Fsck
from ledger.store.sqlite import SqliteStore
from tests.support.ledgers import ORIGIN, draft, new_ledger, open_writer

TEXT = "x" * 30_000
HARD = resource.getrlimit(resource.RLIMIT_FSIZE)[1]


def main(folder: Path, limit: int | None) -> None:
    """Fill, make room, go on."""
    ballast = folder / "ballast"
    ballast.write_bytes(bytes(2_400_000))
    store, writer = new_ledger(folder)
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, HARD))
    acknowledged = 1
    error: StoreError | None = None
    while error is None:
        try:
            writer.append(AppendRequest((Part("s", None, (draft({"text": TEXT}), draft({"text": TEXT}))),)))
            acknowledged += 2
        except StoreError as e:
            error = e
    report: dict[str, object] = {
        "error": type(error).__name__,
        "text": str(error),
        "acknowledged": acknowledged,
    }
    report["there"] = store.head().size
    report["findings"] = [str(finding) for finding in Fsck(store, ORIGIN).run()]
    ballast.unlink()
    resource.setrlimit(resource.RLIMIT_FSIZE, (HARD, HARD))
    writer.append(AppendRequest((Part("s", acknowledged - 1, (draft({"text": TEXT}),)),)))
    writer.close()
    store.close()
    report.update(reopened(folder))
    print(json.dumps(report))


def reopened(folder: Path) -> dict[str, object]:
    """Return what somebody who opens the log again finds."""
    store = SqliteStore(folder / "ledger.db")
    writer = open_writer(store)
    writer.append(AppendRequest((Part("s", None, (draft(),)),)))
    writer.close()
    findings = [str(finding) for finding in Fsck(store, ORIGIN).run()]
    try:
        return {"at last": store.head().size, "findings at last": findings}
    finally:
        store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None)
