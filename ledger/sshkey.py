"""OpenSSH Ed25519 keys: the public line, and the private key file that ``ssh-keygen`` reads too.

Root and actor keys are OpenSSH keys, so that people sign with the tool they have. A line here has no options;
in facts it has no comment either, because a comment is often a person's name and machine.
"""

from __future__ import annotations

import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_ssh_private_key,
)

from ledger.durable import create_durably
from ledger.errors import IntegrityError, KeyUnavailable
from ledger.keyfile import read_private_file
from ledger.publickey import check_public_key
from ledger.signer import Ed25519Signer, Signer
from ledger.sshwire import pack, unpack
from ledger.strict import decode_base64, encode_base64, shown

ALGORITHM = b"ssh-ed25519"
LINE = re.compile(r"ssh-ed25519 ([A-Za-z0-9+/]{68})( [^\x00-\x1f\x7f]*)?")


def ssh_public_key(public_key: bytes, comment: str = "") -> str:
    """Return the line of a ``.pub`` or ``authorized_keys`` file, without a line feed."""
    line = f"ssh-ed25519 {encode_base64(key_blob(public_key))}"
    return f"{line} {comment}" if comment else line


def parse_ssh_public_key(line: str, place: str = "ssh public key") -> bytes:
    """Return the 32 raw bytes of an ``ssh-ed25519`` line; a comment may follow, a line feed may not."""
    match = LINE.fullmatch(line)
    if match is None:
        raise IntegrityError(place, "ssh-ed25519, 68 characters of base64, maybe a comment", shown(line))
    return parse_key_blob(decode_base64(match[1], place), place)


def key_blob(public_key: bytes) -> bytes:
    """Return the public key in SSH wire form (RFC 8709, section 4), 51 bytes."""
    return pack(ALGORITHM, public_key)


def parse_key_blob(blob: bytes, place: str) -> bytes:
    """Return the 32 raw bytes of a public key in SSH wire form."""
    algorithm, public_key = unpack(blob, 2, place)
    if algorithm != ALGORITHM:
        raise IntegrityError(place, "an ssh-ed25519 key", shown(algorithm))
    check_public_key(public_key, place)
    return public_key


def create_ssh_key(path: Path, comment: str = "") -> Signer:
    """Return a fresh key, durable at ``path`` (mode 0600, no passphrase) with its public line in ``.pub``."""
    key = Ed25519PrivateKey.generate()
    signer = Ed25519Signer(key.private_bytes_raw())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    try:
        create_durably(path, private)
        line = ssh_public_key(signer.public_key, comment)
        create_durably(path.with_name(path.name + ".pub"), line.encode() + b"\n", mode=0o644)
    except FileExistsError as error:
        raise KeyUnavailable(f"{path}", "the file exists, and a key is never overwritten") from error
    return signer


def open_ssh_signer(path: Path) -> Signer:
    """Return the signer of an OpenSSH private key file without passphrase (mode 0600 or stricter)."""
    data = read_private_file(str(path), path)
    try:
        key = load_ssh_private_key(data, password=None)
    except TypeError as error:
        raise KeyUnavailable(str(path), "has a passphrase; sign with ssh-keygen -Y sign instead") from error
    except Exception as error:
        raise KeyUnavailable(str(path), "expected an OpenSSH private key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnavailable(str(path), "expected an Ed25519 key")
    return Ed25519Signer(key.private_bytes_raw())
