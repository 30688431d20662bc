"""Ed25519 signing keys and the places they are kept, found by URI (design section 4, "Who signs").

``file:PATH`` is a file of 64 hexadecimal characters (the seed) and a line feed that nobody but its owner may
touch; ``env:NAME`` the same text in an environment variable; ``pkcs11:…`` (RFC 7512) a key inside a device,
see `ledger.hsm`. Signatures are those of RFC 8032; a secret never shows in a repr or an error.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.durable import create_durably
from ledger.errors import IntegrityError, KeyUnavailable

SEED_TEXT = re.compile(rb"[0-9a-f]{64}\n?")


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


def keyid(public_key: bytes) -> str:
    """Return the name of a key: the hexadecimal SHA-256 of its 32 raw bytes."""
    return hashlib.sha256(public_key).hexdigest()


def verify_signature(public_key: bytes, message: bytes, signature: bytes, place: str) -> None:
    """Return when ``signature`` over ``message`` is by ``public_key``; raise `IntegrityError` otherwise."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        expected = f"an Ed25519 signature by key {keyid(public_key)}"
        raise IntegrityError(place, expected, "one that does not verify") from error


def open_signer(uri: str) -> Signer:
    """Return the signer behind a key URI, or raise `KeyUnavailable` saying what the operator can do."""
    scheme, _, rest = uri.partition(":")
    if scheme == "file" and rest:
        return _signer_of_text(uri, read_private_file(uri, Path(rest)))
    if scheme == "env" and rest:
        return _signer_of_text(uri, _read_variable(uri, rest))
    if scheme == "pkcs11" and rest:
        return _device_signer(uri)
    raise KeyUnavailable(uri.partition(":")[0], "expected file:PATH, env:NAME or pkcs11:…")


def _device_signer(uri: str) -> Signer:
    try:
        # Late, because the verifier and most installations live without the extra.
        from ledger.hsm import open_hsm_signer  # noqa: PLC0415
    except ImportError as error:
        raise KeyUnavailable("pkcs11:", "install tallystick with the extra [pkcs11]") from error
    return open_hsm_signer(uri)


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
            return file.read(65_536)
    except OSError as error:
        raise KeyUnavailable(uri, error.strerror or "cannot be read") from error


def _check_private(uri: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise KeyUnavailable(uri, "expected a regular file")
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o077:
        raise KeyUnavailable(uri, f"expected mode 0600 or stricter, found {mode:04o}; run chmod 600")


def _read_variable(uri: str, name: str) -> bytes:
    value = os.environ.get(name)
    if value is None:
        raise KeyUnavailable(uri, "the environment variable is not set")
    return os.fsencode(value)


def _signer_of_text(uri: str, text: bytes) -> Signer:
    if SEED_TEXT.fullmatch(text) is None:
        # The text itself may be a secret with a slip in it, so it is not repeated.
        raise KeyUnavailable(uri, "expected 64 lower-case hexadecimal characters and a line feed")
    return Ed25519Signer(bytes.fromhex(text[:64].decode("ascii")))
