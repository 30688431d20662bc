"""Cosignatures: a witness's word that it saw a checkpoint, and nothing that contradicts it, at a time.

c2sp.org/tlog-cosignature, type 0x04: ``uint64 big-endian POSIX seconds || Ed25519`` over the header line
``cosignature/v1``, the line ``time <seconds>`` and the checkpoint's body.
"""

from __future__ import annotations

from ledger.checkpoint import parse_body
from ledger.errors import IntegrityError
from ledger.note import COSIGNATURE, Note, NoteSignature, VerifierKey, signatures_by, verifier_key
from ledger.signer import Signer, verify_signature
from ledger.strict import MAX_NUMBER, shown


def witness_vkey(name: str, public_key: bytes) -> VerifierKey:
    """Return the verifier key of an Ed25519 witness, type 0x04."""
    return verifier_key(name, COSIGNATURE, public_key)


def cosign(note: Note, name: str, signer: Signer, time_s: int) -> NoteSignature:
    """Return the signature line of witness ``name`` for a checkpoint's note, at POSIX time ``time_s``."""
    if not 0 <= time_s <= MAX_NUMBER:
        raise ValueError(f"cosignature time: expected 0 to 2^63 - 1, found {time_s}")
    parse_body(note.text)
    signature = time_s.to_bytes(8, "big") + signer.sign(_message(note.text, time_s))
    return NoteSignature(name=name, key_id=witness_vkey(name, signer.public_key).key_id, signature=signature)


def verify_cosignature(note: Note, vkey: VerifierKey) -> int:
    """Return the newest POSIX time at which ``vkey`` cosigned the note, or raise `IntegrityError`.

    One line by this key that does not verify condemns the note, as the specification asks.
    """
    if vkey.algorithm != COSIGNATURE:
        raise IntegrityError(f"verifier key {shown(vkey.name)}", "type 0x04", f"type 0x{vkey.algorithm:02x}")
    parse_body(note.text)
    return max(_verify_line(note.text, line, vkey) for line in signatures_by(note, vkey))


def _verify_line(text: str, line: NoteSignature, vkey: VerifierKey) -> int:
    place = f"cosignature by {shown(vkey.name)}"
    if len(line.signature) != 72:
        raise IntegrityError(place, "8 bytes of time and 64 of signature", f"{len(line.signature)} bytes")
    time_s = int.from_bytes(line.signature[:8], "big")
    if time_s > MAX_NUMBER:
        raise IntegrityError(place, "a time up to 2^63 - 1", time_s)
    verify_signature(vkey.public_key, _message(text, time_s), line.signature[8:], place)
    return time_s


def _message(text: str, time_s: int) -> bytes:
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()
