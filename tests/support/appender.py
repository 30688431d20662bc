"""A child process that appends to a log until it is killed, and says what was acknowledged.

``python -m tests.support.appender DATABASE SEED STREAM...``: four threads append to the streams, signing with
the recorder key of SEED (64 hexadecimal digits). After each receipt one line with the leaf hashes of its
entries is written at once, in one piece; so each whole line of the output is a promise.
"""

from __future__ import annotations

import os
import sys
import threading
from itertools import count
from pathlib import Path

from ledger.append import AppendRequest, Part
from ledger.signer import Ed25519Signer
from ledger.store.sqlite import SqliteStore
from ledger.writer import Writer
from tests.support.ledgers import draft, open_writer

THREADS = 4


def append_for_ever(writer: Writer, streams: list[str], thread: int) -> None:
    """Append one to three entries at a time, sometimes to two streams."""
    for number in count(thread):
        first, second = streams[number % len(streams)], streams[(number + 1) % len(streams)]
        parts = [Part(first, None, tuple(draft({"n": number}) for _ in range(number % 3 + 1)))]
        if number % 4 == 0:
            parts.append(Part(second, None, (draft({"text": "x" * (number % 7) * 1_000}),)))
        receipt = writer.append(AppendRequest(tuple(parts)))
        os.write(1, (" ".join(row.leaf_hash.hex() for row in receipt.rows) + "\n").encode())


def main(database: Path, seed: str, *streams: str) -> None:
    """Append with several threads until somebody ends the process."""
    writer = open_writer(SqliteStore(database), signer=Ed25519Signer(bytes.fromhex(seed)))
    for thread in range(THREADS):
        threading.Thread(target=append_for_ever, args=(writer, list(streams), thread)).start()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
