"""What signs, and how a signature is checked: Ed25519 (RFC 8032). Where keys are kept: `ledger.keyuri`."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.errors import IntegrityError


class Signer(Protocol):
    """Something that holds an Ed25519 key and signs with it."""

    @property
    def public_key(self) -> bytes:
        """The raw public key, 32 bytes."""

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature of ``message``, 64 bytes; the same for the same message."""


class Ed25519Signer:
    """A signer whose seed (32 bytes) is in this process's memory."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key: bytes = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature of ``message``."""
        return self._key.sign(message)


@lru_cache(maxsize=256)
def keyid(public_key: bytes) -> str:
    """Return the name of a key: the hexadecimal SHA-256 of its 32 raw bytes."""
    return hashlib.sha256(public_key).hexdigest()


def verify_signature(public_key: bytes, message: bytes, signature: bytes, place: str) -> None:
    """Return when ``signature`` over ``message`` is by ``public_key``; raise `IntegrityError` otherwise."""
    try:
        _verifying_key(public_key).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        expected = f"an Ed25519 signature by key {keyid(public_key)}"
        raise IntegrityError(place, expected, "one that does not verify") from error


# Many signatures by few keys: a log has a handful of recorders.
@lru_cache(maxsize=256)
def _verifying_key(public_key: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public_key)
