"""Signed notes and verifier keys (c2sp.org/signed-note): text, and the keys that vouch for it.

    This is an example message.

    — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZ[…]yaQM=

Parsing is strict and trusts nothing; only `verify_note` says that a key signed.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

import msgspec

from ledger.errors import IntegrityError
from ledger.signer import Signer, verify_signature
from ledger.strict import decode_base64, decode_utf8, encode_base64, shown

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
ML_DSA_44: Final = 0x06

MAX_NOTE: Final = 1_000_000  # bytes
MAX_SIGNATURES: Final = 100

_KEY_SIZES = {ED25519: 32, COSIGNATURE: 32, ML_DSA_44: 1312}
# Control characters but the newline, and lone surrogates, which no UTF-8 can spell.
_FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\ud800-\udfff]")
_KEY_ID = re.compile("[0-9a-f]{8}")


class VerifierKey(msgspec.Struct, frozen=True, kw_only=True):
    """A public key under the name it signs as; ``key_id`` (4 bytes) follows from the rest."""

    name: str
    key_id: bytes
    algorithm: int
    public_key: bytes


class NoteSignature(msgspec.Struct, frozen=True, kw_only=True):
    """One signature line: who claims to have signed, with which key, and the signature's bytes."""

    name: str
    key_id: bytes
    signature: bytes


class Note(msgspec.Struct, frozen=True):
    """A text that ends in a newline, and at least one signature line."""

    text: str
    signatures: tuple[NoteSignature, ...]


def verifier_key(name: str, algorithm: int, public_key: bytes) -> VerifierKey:
    """Return the verifier key of ``name`` with the key id that the specification recommends."""
    _check_name(name, "verifier key")
    if len(public_key) != _KEY_SIZES.get(algorithm):
        raise IntegrityError(
            f"verifier key {shown(name)}",
            "a key of type 0x01, 0x04 or 0x06",
            f"type 0x{algorithm:02x}, {len(public_key)} bytes",
        )
    key_id = hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + public_key).digest()[:4]
    return VerifierKey(name=name, key_id=key_id, algorithm=algorithm, public_key=public_key)


def log_vkey(name: str, public_key: bytes) -> VerifierKey:
    """Return the verifier key of a log: a plain Ed25519 note signature, type 0x01."""
    return verifier_key(name, ED25519, public_key)


def format_vkey(key: VerifierKey) -> str:
    """Return the text form ``name+hex(key id)+base64(type || public key)``."""
    return f"{key.name}+{key.key_id.hex()}+{encode_base64(bytes([key.algorithm]) + key.public_key)}"


def parse_vkey(text: str) -> VerifierKey:
    """Return the verifier key that ``text`` is the one spelling of; its key id must follow from the key."""
    place = "verifier key"
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    if _KEY_ID.fullmatch(key_id) is None:
        raise IntegrityError(place, "name+8 hexadecimal digits+base64", shown(text))
    key = decode_base64(encoded, place)
    if not key:
        raise IntegrityError(place, "a type byte and a public key", "no bytes")
    vkey = verifier_key(name, key[0], key[1:])
    if vkey.key_id.hex() != key_id:
        raise IntegrityError(f"{place} {shown(name)}", f"key id {vkey.key_id.hex()}", key_id)
    return vkey


def parse_note(data: bytes, place: str = "note") -> Note:
    """Return the note that ``data`` is the one spelling of; no signature is verified."""
    if len(data) > MAX_NOTE:
        raise IntegrityError(place, f"at most {MAX_NOTE} bytes", len(data))
    whole = decode_utf8(data, place)
    _check_characters(whole, place)
    # The last empty line divides: the text may have empty lines of its own.
    text, separator, lines = whole.rpartition("\n\n")
    if not separator or not lines.endswith("\n"):
        raise IntegrityError(place, "text, an empty line and signature lines", shown(whole[-40:]))
    parts = lines[:-1].split("\n")
    if len(parts) > MAX_SIGNATURES:
        raise IntegrityError(place, f"at most {MAX_SIGNATURES} signatures", len(parts))
    return Note(text + "\n", tuple(_parse_signature(line, place) for line in parts))


def encode_note(note: Note) -> bytes:
    """Return the note's bytes: text, an empty line, one line a signature."""
    if not note.text.endswith("\n") or not 1 <= len(note.signatures) <= MAX_SIGNATURES:
        raise IntegrityError("note", "a text that ends in a newline, and signatures", shown(note.text[-40:]))
    _check_characters(note.text, "note")
    return f"{note.text}\n{''.join(map(_format_signature, note.signatures))}".encode()


def sign_note(text: str, name: str, signer: Signer) -> Note:
    """Return the note of ``text`` with one plain Ed25519 signature, by ``signer`` under ``name``."""
    key = log_vkey(name, signer.public_key)
    signature = signer.sign(text.encode())
    return Note(text, (NoteSignature(name=name, key_id=key.key_id, signature=signature),))


def verify_note(note: Note, vkey: VerifierKey) -> None:
    """Return when the note carries a valid signature by ``vkey``; raise `IntegrityError` otherwise."""
    if vkey.algorithm != ED25519:
        raise IntegrityError(f"verifier key {shown(vkey.name)}", "type 0x01", f"type 0x{vkey.algorithm:02x}")
    for found in signatures_by(note, vkey):
        verify_signature(
            vkey.public_key, note.text.encode(), found.signature, f"note, signature by {shown(vkey.name)}"
        )


def signatures_by(note: Note, vkey: VerifierKey) -> tuple[NoteSignature, ...]:
    """Return the signature lines that claim to be by ``vkey``, at least one; nothing is verified yet."""
    found = tuple(s for s in note.signatures if s.name == vkey.name and s.key_id == vkey.key_id)
    if not found:
        others = ", ".join(_label(s.name, s.key_id) for s in note.signatures[:3])
        raise IntegrityError("note", f"a signature by {_label(vkey.name, vkey.key_id)}", f"those by {others}")
    return found


def _parse_signature(line: str, place: str) -> NoteSignature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != "—":
        raise IntegrityError(place, "a signature line: — name base64", shown(line))
    _check_name(name, place)
    data = decode_base64(encoded, f"{place}, signature by {shown(name)}")
    if len(data) < 5:
        raise IntegrityError(
            f"{place}, signature by {shown(name)}", "a key id and a signature", f"{len(data)} bytes"
        )
    return NoteSignature(name=name, key_id=data[:4], signature=data[4:])


def _format_signature(signature: NoteSignature) -> str:
    _check_name(signature.name, "note")
    return f"— {signature.name} {encode_base64(signature.key_id + signature.signature)}\n"


def _check_name(name: str, place: str) -> None:
    if not name or "+" in name or any(map(str.isspace, name)) or _FORBIDDEN.search(name):
        raise IntegrityError(place, "a key name without white space or +", shown(name))


def _check_characters(text: str, place: str) -> None:
    if found := _FORBIDDEN.search(text):
        raise IntegrityError(place, "no control characters but newlines", f"U+{ord(found[0]):04X}")


def _label(name: str, key_id: bytes) -> str:
    return f"{shown(name)} with key id {key_id.hex()}"
