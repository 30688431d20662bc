"""Prints the vectors of docs/formats/sealed-fields.md: ``python -m tests.vectors.make_sealed_vectors``.

None of our code has a part in it: SHA-256 is Python's, AES that of ``openssl``, GHASH `tests.support.gcm`.
"""

from __future__ import annotations

from hashlib import sha256

from tests.support.gcm import seal

MASTER = bytes.fromhex("a0" * 32)
DATA_KEY = bytes(range(0x20))
SALT = bytes(range(0x20, 0x40))
NONCE = bytes(range(0x40, 0x4C))
KID = bytes(range(0x50, 0x60)).hex()
STREAM = "incident-0193b3c0a1b27c3d8e4f5a6b7c8d9e0f"
SUBJECT = "p-7f3a"
VALUE = '"Database “primary” is down"'
CONTENT = b"raw \xff\n"


def commitment(content: bytes, kind: str = "sealed") -> str:
    """Return c, hexadecimal."""
    return sha256(b"tallystick/" + kind.encode() + b"/v1\n" + SALT + content).hexdigest()


def box(key: bytes, plain: bytes, context: bytes) -> str:
    """Return ``nonce || ciphertext || tag``, hexadecimal."""
    return (NONCE + seal(key, NONCE, plain, context)).hex()


def wrapped(subject: str) -> str:
    """Return the wrapped data key, hexadecimal."""
    return box(MASTER, DATA_KEY, f"tallystick/data-key/v1\n{KID}\n{STREAM}\n{subject}\n".encode())


def vectors() -> dict[str, str]:
    """Return each vector by its name in the page."""
    value = VALUE.encode()
    c, blob_c = commitment(value), commitment(CONTENT, "blob")
    stored = box(DATA_KEY, SALT + CONTENT, bytes.fromhex(blob_c))
    proof = b"tallystick/vault/v1\n"
    return {
        "sealed-c": c,
        "sealed-box": box(DATA_KEY, SALT + value, bytes.fromhex(c)),
        "disclosure": f'{{"c":"{c}","salt":"{SALT.hex()}","value":{VALUE}}}',
        "null-c": commitment(b"null"),
        "pairs-c": commitment('[["a","1"],["b","ü"]]'.encode()),
        "empty-c": commitment(b""),
        "blob-c": blob_c,
        "blob-stored": stored,
        "blob-sha256": sha256(bytes.fromhex(stored)).hexdigest(),
        "blob-size": str(len(stored) // 2),
        "wrapped-key": wrapped(SUBJECT),
        "wrapped-key-no-subject": wrapped(""),
        "master-proof": box(MASTER, proof, proof),
    }


if __name__ == "__main__":
    for name, value in vectors().items():
        print(f"| `{name}` | `{value}` |")
