"""What root keys sign to authorise a change of keys, and how many of them must (design section 4).

The statement names the ledger, the fact's type, its ``prevhash`` and the hash of its data, so it is good for
one fact at one place and nowhere else. It is signed as an OpenSSH signature for namespace
``tallystick/keys@v1``:

    tallystick/keys/v1
    origin ledger.example/incidents
    type tallystick.recorder-enrolled.v1
    after <64 hex>
    data <64 hex>
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from ledger import canonical
from ledger.errors import IntegrityError
from ledger.keyfacts import KeySignature, LaterFact, to_data, type_name
from ledger.signer import Signer, keyid
from ledger.sshsig import sign_ssh, verify_ssh

NAMESPACE: Final = "tallystick/keys@v1"
SIGNATURES: Final = frozenset({"rootsignatures", "possession"})


class KeysHead(msgspec.Struct, frozen=True):
    """Where a key fact goes: the ledger, and the leaf hash (hex) of the last fact of stream ``keys``."""

    origin: str
    after: str


class Roots(msgspec.Struct, frozen=True):
    """The root keys in force, by name, and how many of them must agree."""

    keys: Mapping[str, bytes]
    threshold: int


def statement(head: KeysHead, fact: LaterFact) -> bytes:
    """Return the text that root keys sign for ``fact`` on top of ``head``; its signatures do not enter it."""
    unsigned = {name: value for name, value in to_data(fact).items() if name not in SIGNATURES}
    digest = hashlib.sha256(canonical.encode(unsigned)).hexdigest()
    text = f"origin {head.origin}\ntype {type_name(fact)}\nafter {head.after}\ndata {digest}\n"
    return b"tallystick/keys/v1\n" + text.encode()


def sign_statement(
    text: bytes, signers: Iterable[Signer], namespace: str = NAMESPACE
) -> tuple[KeySignature, ...]:
    """Return the signatures of ``text`` by ``signers``, in the order in which a fact carries them."""
    signatures = (KeySignature(keyid(s.public_key), sign_ssh(text, namespace, s)) for s in signers)
    return in_order(signatures)


def in_order(signatures: Iterable[KeySignature]) -> tuple[KeySignature, ...]:
    """Return ``signatures`` sorted by the name of their key."""
    return tuple(sorted(signatures, key=lambda signature: signature.key))


def check_authority(text: bytes, signatures: tuple[KeySignature, ...], roots: Roots, place: str) -> None:
    """Return when at least a threshold of distinct root keys signed ``text``, and nobody else."""
    verify_each(text, signatures, roots.keys, NAMESPACE, f"{place}, rootsignatures")
    if len(signatures) < roots.threshold:
        raise IntegrityError(
            f"{place}, rootsignatures", f"at least {roots.threshold} root keys", len(signatures)
        )


def verify_each(
    text: bytes, signatures: tuple[KeySignature, ...], keys: Mapping[str, bytes], namespace: str, place: str
) -> None:
    """Return when every signature is a valid one by one of ``keys``, each at most once, in order."""
    names = [signature.key for signature in signatures]
    if names != sorted(set(names)):
        raise IntegrityError(place, "distinct keys in ascending order", ", ".join(names))
    for signature in signatures:
        if signature.key not in keys:
            raise IntegrityError(place, f"one of the keys {', '.join(sorted(keys))}", signature.key)
        verify_ssh(text, namespace, signature.signature, keys[signature.key], f"{place} by {signature.key}")
