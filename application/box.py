"""The encrypted form of a sealed value or a blob (design section 3).

Stored bytes: ``nonce12 || AES-256-GCM(data key, salt32 || content, AAD = the 32 bytes of c)``. The commitment
binds the box to its fact, the data key lets it be forgotten. Pure: randomness arrives as an argument.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Final, TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from ledger.disclosure import SALT_SIZE, Kind, commit
from ledger.errors import IntegrityError

KEY_SIZE: Final = 32
NONCE_SIZE: Final = 12

Entropy: TypeAlias = Callable[[int], bytes]
"""Returns so many unpredictable bytes; a nonce or a salt that repeats breaks what this module promises."""


class Boxed(Struct, frozen=True):
    """A commitment and the box that holds what it commits to."""

    c: str
    box: bytes


class Unboxed(Struct, frozen=True):
    """What was in a box."""

    salt: bytes
    content: bytes

    def __repr__(self) -> str:
        """Return no content: it must not reach logs by way of a traceback."""
        return f"Unboxed({len(self.content)} bytes)"


def encrypt(key: bytes, plain: bytes, context: bytes, entropy: Entropy = os.urandom) -> bytes:
    """Return ``nonce || ciphertext || tag`` under AES-256-GCM; ``context`` must be the same to open it."""
    nonce = entropy(NONCE_SIZE)
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def decrypt(key: bytes, box: bytes, context: bytes, place: str) -> bytes:
    """Return what `encrypt` was given, or raise `IntegrityError` if key, box or context is another."""
    try:
        return AESGCM(key).decrypt(box[:NONCE_SIZE], box[NONCE_SIZE:], context)
    except (InvalidTag, ValueError) as error:
        raise IntegrityError(
            place, "a box that its key opens", f"{len(box)} bytes it does not open"
        ) from error


def seal_content(content: bytes, key: bytes, kind: Kind, entropy: Entropy = os.urandom) -> Boxed:
    """Return ``content`` committed to with a fresh salt and encrypted under the data key ``key``."""
    salt = entropy(SALT_SIZE)
    c = commit(salt, content, kind)
    return Boxed(c, encrypt(key, salt + content, bytes.fromhex(c), entropy))


def open_box(boxed: Boxed, key: bytes, kind: Kind, place: str) -> Unboxed:
    """Return salt and content of a box, checked against its commitment; raise `IntegrityError` otherwise."""
    plain = decrypt(key, boxed.box, bytes.fromhex(boxed.c), place)
    salt, content = plain[:SALT_SIZE], plain[SALT_SIZE:]
    # The tag says that a holder of the key made the box; only the commitment says that it is this value.
    if (found := commit(salt, content, kind)) != boxed.c:
        raise IntegrityError(place, f"a value with commitment {boxed.c}", found)
    return Unboxed(salt, content)
