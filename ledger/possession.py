"""How a new key shows that somebody holds it: it signs the statement that enrols it (design section 4).

What is signed is the line ``tallystick/possession/v1`` and the statement of `ledger.rootkeys`. Recorder and
log keys sign it with plain Ed25519, in base64; OpenSSH keys as OpenSSH does, for namespace
``tallystick/possession@v1``. Without it, anyone could enrol another's key as their own and claim what that
other signed.
"""

from __future__ import annotations

from typing import Final

from ledger.signer import Signer, verify_signature
from ledger.sshsig import sign_ssh, verify_ssh
from ledger.strict import decode_base64, encode_base64

NAMESPACE: Final = "tallystick/possession@v1"


def possession_text(statement: bytes) -> bytes:
    """Return what a new key signs, given the statement about it."""
    return b"tallystick/possession/v1\n" + statement


def show_possession(statement: bytes, signer: Signer) -> str:
    """Return the proof by a recorder or log key."""
    return encode_base64(signer.sign(possession_text(statement)))


def show_ssh_possession(statement: bytes, signer: Signer) -> str:
    """Return the proof by an OpenSSH key."""
    return sign_ssh(possession_text(statement), NAMESPACE, signer)


def check_possession(statement: bytes, proof: str, public_key: bytes, place: str) -> None:
    """Return when ``proof`` is by the recorder or log key ``public_key``."""
    signature = decode_base64(proof, place)
    verify_signature(public_key, possession_text(statement), signature, place)


def check_ssh_possession(statement: bytes, proof: str, public_key: bytes, place: str) -> None:
    """Return when ``proof`` is by the OpenSSH key ``public_key``."""
    verify_ssh(possession_text(statement), NAMESPACE, proof, public_key, place)
