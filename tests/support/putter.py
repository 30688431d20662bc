"""A process that puts values and blobs for ever and says which are stored.

``python -m tests.support.putter HOME``; a line for each acknowledged put: reference as JSON, tab, value.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import msgspec

from application.local_blobs import LocalBlobs
from application.sealing import SPILL_BYTES, seal_value, store
from application.vault import Vault
from tests.support.vaults import MASTER

THREADS = 4


def put_for_ever(thread: int, vault: Vault, blobs: LocalBlobs, out: threading.Lock) -> None:
    """Put every fifth value as a blob, and say so when it is durable."""
    n = 0
    while True:
        n += 1
        value = f"{thread} {n} " + "x" * (0 if n % 5 else SPILL_BYTES)
        found, pending = seal_value(value, f"incident-{n % 3}", vault)
        store(pending, vault, blobs)
        with out:
            print(msgspec.json.encode(found).decode(), value, sep="\t", flush=True)


def main(home: Path) -> None:
    """Run until killed."""
    vault, blobs, out = Vault(home / "vault.db", MASTER), LocalBlobs(home / "blobs"), threading.Lock()
    for thread in range(THREADS):
        threading.Thread(target=put_for_ever, args=(thread, vault, blobs, out), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
