"""The master key of the vault: 32 bytes, found by URI, never stored beside what it protects in clear.

``file:PATH`` is a file of 64 hexadecimal characters and a line feed that nobody but its owner may touch;
``env:NAME`` the same text in an environment variable. Without the key every sealed value is gone for good.
"""

from __future__ import annotations

import os
from pathlib import Path

from application.box import KEY_SIZE
from ledger.durable import create_durably
from ledger.errors import KeyUnavailable
from ledger.keyfile import SEED_TEXT, read_private_file


def open_master_key(uri: str) -> bytes:
    """Return the key behind ``uri``, or raise `KeyUnavailable` saying what the operator can do."""
    scheme, colon, rest = uri.partition(":")
    if scheme == "file" and rest:
        return _key_of_text(uri, read_private_file(uri, Path(rest)))
    if scheme == "env" and rest:
        return _key_of_text(uri, os.environb.get(os.fsencode(rest)))
    # Whatever this is, it may be a secret in the wrong place.
    raise KeyUnavailable(scheme + colon if colon else "without a scheme", "expected file:PATH or env:NAME")


def create_master_key_file(path: Path) -> bytes:
    """Return a fresh key, durable at ``path`` with mode 0600; an existing file is never overwritten."""
    key = os.urandom(KEY_SIZE)
    try:
        create_durably(path, key.hex().encode() + b"\n")
    except FileExistsError as error:
        raise KeyUnavailable(f"file:{path}", "the file exists, and a key is never overwritten") from error
    return key


def _key_of_text(uri: str, text: bytes | None) -> bytes:
    if text is None:
        raise KeyUnavailable(uri, "the environment variable is not set")
    if SEED_TEXT.fullmatch(text) is None:
        # The text itself may be a secret with a slip in it, so it is not repeated.
        raise KeyUnavailable(uri, "expected 64 lower-case hexadecimal characters and a line feed")
    return bytes.fromhex(text[:64].decode("ascii"))
