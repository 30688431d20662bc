"""Data keys: one for each (data subject or none, stream); deleting it erases all that it sealed (design 3).

At rest a data key is wrapped, that is encrypted under the master key and bound to its ``kid``, stream and
subject. A new master key needs new wrappings only; no fact changes (R-CMP-14).
"""

from __future__ import annotations

import os

from msgspec import Struct

from application.box import KEY_SIZE, Entropy, decrypt, encrypt


class DataKey(Struct, frozen=True, kw_only=True):
    """A key (32 bytes) with its public, random name ``kid``."""

    kid: str
    key: bytes
    stream: str
    subject: str | None = None

    def __repr__(self) -> str:
        """Return the name only, never the key."""
        return f"DataKey({self.kid})"


def new_data_key(stream: str, subject: str | None, entropy: Entropy = os.urandom) -> DataKey:
    """Return a fresh key for what ``stream`` says about ``subject``."""
    return DataKey(kid=entropy(16).hex(), key=entropy(KEY_SIZE), stream=stream, subject=subject)


def wrap(key: DataKey, master: bytes, entropy: Entropy = os.urandom) -> bytes:
    """Return the key as the vault stores it: 12 + 32 + 16 bytes."""
    return encrypt(master, key.key, _context(key.kid, key.stream, key.subject), entropy)


def unwrap(kid: str, stream: str, subject: str | None, wrapped: bytes, master: bytes) -> DataKey:
    """Return the key that `wrap` was given, or raise `IntegrityError` if any of the row is another."""
    key = decrypt(master, wrapped, _context(kid, stream, subject), f"data key {kid}")
    return DataKey(kid=kid, key=key, stream=stream, subject=subject)


def _context(kid: str, stream: str, subject: str | None) -> bytes:
    # Neither a kid (hex) nor a stream ([a-z0-9-]+) can hold a line feed, so the subject is all that is left.
    return f"tallystick/data-key/v1\n{kid}\n{stream}\n{subject or ''}\n".encode()
