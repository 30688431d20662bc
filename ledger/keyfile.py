"""Files that hold a secret: theirs alone who own them, and whole or absent after a crash.

A key file is the seed of an Ed25519 key in 64 hexadecimal characters and a line feed. No secret ever shows in
an error.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from ledger.durable import create_durably
from ledger.errors import KeyUnavailable
from ledger.signer import Ed25519Signer, Signer

MAX_SECRET = 65_536  # bytes
SEED_TEXT = re.compile(rb"[0-9a-f]{64}\n?")


def create_key_file(path: Path) -> Signer:
    """Return a fresh key, durable at ``path`` with mode 0600; an existing file is never overwritten."""
    seed = os.urandom(32)
    try:
        create_durably(path, seed.hex().encode() + b"\n")
    except FileExistsError as error:
        raise KeyUnavailable(f"file:{path}", "the file exists, and a key is never overwritten") from error
    return Ed25519Signer(seed)


def read_private_file(uri: str, path: Path) -> bytes:
    """Return a small regular file's bytes if nobody but its owner has any right to it."""
    try:
        # Non-blocking: a pipe put in the key's place is then an error, not a hang.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            _check_private(uri, os.fstat(file.fileno()))
            return file.read(MAX_SECRET)
    except OSError as error:
        raise KeyUnavailable(uri, error.strerror or "cannot be read") from error


def signer_of_text(uri: str, text: bytes) -> Signer:
    """Return the signer whose seed ``text`` spells; ``uri`` says where the text was found."""
    if SEED_TEXT.fullmatch(text) is None:
        # The text itself may be a secret with a slip in it, so it is not repeated.
        raise KeyUnavailable(uri, "expected 64 lower-case hexadecimal characters and a line feed")
    return Ed25519Signer(bytes.fromhex(text[:64].decode("ascii")))


def _check_private(uri: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise KeyUnavailable(uri, "expected a regular file")
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o077:
        raise KeyUnavailable(uri, f"expected mode 0600 or stricter, found {mode:04o}; run chmod 600")
