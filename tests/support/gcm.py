"""AES-256-GCM a second time (NIST SP 800-38D): blocks by the ``openssl`` program, GHASH by hand.

For checking what `cryptography` makes; slow, and nothing but an oracle.
"""

from __future__ import annotations

import subprocess

POLYNOMIAL = 0xE1 << 120


def openssl(cipher: str, key: bytes, data: bytes, *options: str) -> bytes:
    """Return ``data`` through a cipher of the ``openssl`` program, without padding."""
    command = ["openssl", "enc", "-e", f"-{cipher}", "-K", key.hex(), "-nopad", *options]
    return subprocess.run(command, input=data, check=True, capture_output=True).stdout


def seal(key: bytes, nonce: bytes, plain: bytes, context: bytes) -> bytes:
    """Return ``ciphertext || tag``; the nonce has 12 bytes."""
    ciphertext = ctr(key, nonce, plain)
    return ciphertext + tag(key, nonce, ciphertext, context)


def ctr(key: bytes, nonce: bytes, data: bytes) -> bytes:
    """Return plain text for cipher text and the reverse: counter mode from block 2 on, without the tag."""
    return openssl("aes-256-ctr", key, data, "-iv", nonce.hex() + "00000002")


def tag(key: bytes, nonce: bytes, ciphertext: bytes, context: bytes) -> bytes:
    """Return the 16 bytes that authenticate ``ciphertext`` and ``context``."""
    subkey = int.from_bytes(openssl("aes-256-ecb", key, bytes(16)), "big")
    lengths = (8 * len(context)).to_bytes(8, "big") + (8 * len(ciphertext)).to_bytes(8, "big")
    digest = ghash(subkey, _padded(context) + _padded(ciphertext) + lengths)
    mask = openssl("aes-256-ecb", key, nonce + b"\0\0\0\1")
    return (digest ^ int.from_bytes(mask, "big")).to_bytes(16, "big")


def ghash(subkey: int, data: bytes) -> int:
    """Return the GHASH of whole blocks."""
    digest = 0
    for at in range(0, len(data), 16):
        digest = _product(digest ^ int.from_bytes(data[at : at + 16], "big"), subkey)
    return digest


def _product(x: int, y: int) -> int:
    product = 0
    for bit in range(127, -1, -1):
        if x >> bit & 1:
            product ^= y
        y = y >> 1 ^ (POLYNOMIAL if y & 1 else 0)
    return product


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 16)
