"""OpenSSH signatures over Ed25519, byte for byte as ``ssh-keygen -Y sign`` makes them (PROTOCOL.sshsig).

A signature names the namespace it is for, so one made for another purpose never counts here. Only what this
ledger uses is accepted: ``ssh-ed25519``, SHA-512, nothing reserved, armor in lines of 70 characters as
ssh-keygen writes it. Anything else is refused, so each signature has exactly one spelling.
"""

from __future__ import annotations

import hashlib
import textwrap

import msgspec

from ledger.errors import IntegrityError
from ledger.signer import Signer, verify_signature
from ledger.sshkey import ALGORITHM, key_blob, parse_key_blob, ssh_public_key
from ledger.sshwire import pack, unpack
from ledger.strict import decode_base64, encode_base64, shown

MAGIC = b"SSHSIG"
VERSION = b"\x00\x00\x00\x01"
HASH = b"sha512"
BEGIN = "-----BEGIN SSH SIGNATURE-----\n"
END = "-----END SSH SIGNATURE-----\n"
LINE = 70  # characters, as ssh-keygen breaks them


class SshSignature(msgspec.Struct, frozen=True):
    """What an armored signature says about itself; nothing of it is verified yet."""

    public_key: bytes
    namespace: str
    signature: bytes


def sign_ssh(message: bytes, namespace: str, signer: Signer) -> str:
    """Return the armored signature of ``message``, the same text that ``ssh-keygen -Y sign`` prints."""
    signature = signer.sign(_signed(message, namespace))
    return encode_ssh_signature(SshSignature(signer.public_key, namespace, signature))


def verify_ssh(message: bytes, namespace: str, armored: str, public_key: bytes, place: str) -> None:
    """Return when ``armored`` is a signature of ``message`` by ``public_key`` for ``namespace``."""
    found = parse_ssh_signature(armored, place)
    if found.namespace != namespace:
        raise IntegrityError(place, f"a signature for namespace {namespace}", f"for {shown(found.namespace)}")
    if found.public_key != public_key:
        raise IntegrityError(
            place, f"a signature by {ssh_public_key(public_key)}", f"by {ssh_public_key(found.public_key)}"
        )
    verify_signature(public_key, _signed(message, namespace), found.signature, place)


def encode_ssh_signature(signature: SshSignature) -> str:
    """Return the armored text of a signature."""
    blob = (
        MAGIC
        + VERSION
        + pack(key_blob(signature.public_key), signature.namespace.encode(), b"", HASH)
        + pack(pack(ALGORITHM, signature.signature))
    )
    return BEGIN + textwrap.fill(encode_base64(blob), LINE) + "\n" + END


def parse_ssh_signature(armored: str, place: str) -> SshSignature:
    """Return what ``armored`` says, if encoding it again gives the same text."""
    blob = _unarmor(armored, place)
    if not blob.startswith(MAGIC + VERSION):
        raise IntegrityError(place, "an SSH signature of version 1", shown(blob[:10]))
    key, namespace, _reserved, _hash, signature = unpack(blob[10:], 5, place)
    algorithm, raw = unpack(signature, 2, place)
    if algorithm != ALGORITHM or len(raw) != 64:
        raise IntegrityError(
            place, "an ssh-ed25519 signature of 64 bytes", f"{shown(algorithm)}, {len(raw)} bytes"
        )
    found = SshSignature(parse_key_blob(key, place), _namespace(namespace, place), raw)
    if encode_ssh_signature(found) != armored:
        expected = "hash sha512, nothing reserved and lines of 70 characters"
        raise IntegrityError(place, expected, "another hash, reserved bytes or another layout")
    return found


def _signed(message: bytes, namespace: str) -> bytes:
    return MAGIC + pack(namespace.encode(), b"", HASH, hashlib.sha512(message).digest())


def _unarmor(armored: str, place: str) -> bytes:
    body = armored.removeprefix(BEGIN).removesuffix(END)
    if len(body) != len(armored) - len(BEGIN) - len(END):
        raise IntegrityError(place, "an armored SSH signature", shown(armored))
    return decode_base64(body.replace("\n", ""), place)


def _namespace(raw: bytes, place: str) -> str:
    try:
        return raw.decode("ascii")
    except UnicodeDecodeError as error:
        raise IntegrityError(place, "a namespace in ASCII", raw.hex()) from error
