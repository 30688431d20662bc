"""Key facts complete with the signatures that authorise them: what ``tallystick keys …`` records.

Each function takes the head of stream ``keys`` that the fact will stand on; if another key fact comes first,
the signatures no longer fit and the order is made again. Root keys that are kept elsewhere sign the text of
`ledger.rootkeys.statement` with ``ssh-keygen -Y sign``; `countersigned` adds what they send back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from ledger.keyfacts import (
    FORMAT,
    ActorCompromised,
    ActorEnrolled,
    ActorRetired,
    Authorised,
    KeySignature,
    LedgerOpened,
    LogkeyAdded,
    LogkeyRetired,
    RecorderCompromised,
    RecorderEnrolled,
    RecorderRetired,
    RootChanged,
    Successor,
)
from ledger.note import format_vkey, log_vkey
from ledger.possession import NAMESPACE as POSSESSION
from ledger.possession import possession_text, show_possession, show_ssh_possession
from ledger.rootkeys import KeysHead, in_order, sign_statement, statement
from ledger.signer import Signer, keyid
from ledger.sshkey import ssh_public_key
from ledger.sshsig import parse_ssh_signature

F = TypeVar(
    "F",
    RecorderEnrolled,
    RecorderRetired,
    RecorderCompromised,
    LogkeyAdded,
    LogkeyRetired,
    ActorEnrolled,
    ActorRetired,
    ActorCompromised,
    RootChanged,
)

A = TypeVar("A", bound=Authorised)


def opened(
    *,
    origin: str,
    recorder: bytes,
    logkeys: Iterable[bytes],
    rootkeys: Iterable[bytes],
    threshold: int = 1,
    successor_of: str | None = None,
) -> LedgerOpened:
    """Return leaf 0 for a new ledger with these raw public keys; ``successor_of`` is a signed checkpoint."""
    return LedgerOpened(
        origin=origin,
        format=FORMAT,
        logkeys=tuple(sorted(_vkey(origin, key) for key in logkeys)),
        recorderkey=recorder.hex(),
        rootkeys=_lines(rootkeys),
        threshold=threshold,
        successorof=None if successor_of is None else Successor(successor_of),
    )


def enrol_recorder(head: KeysHead, new: Signer, roots: Iterable[Signer]) -> RecorderEnrolled:
    """Return the order that lets ``new`` sign envelopes."""
    fact = RecorderEnrolled(key=new.public_key.hex())
    proof = show_possession(statement(head, fact), new)
    return authorised(head, replace(fact, possession=proof), roots)


def retire_recorder(head: KeysHead, public_key: bytes, roots: Iterable[Signer]) -> RecorderRetired:
    """Return the order that ends a recorder's key."""
    return authorised(head, RecorderRetired(key=public_key.hex()), roots)


def compromise_recorder(
    head: KeysHead, public_key: bytes, suspect_from: int, roots: Iterable[Signer]
) -> RecorderCompromised:
    """Return the order that ends a recorder's key and doubts what it signed from ``suspect_from`` on."""
    return authorised(head, RecorderCompromised(key=public_key.hex(), suspect_from=suspect_from), roots)


def add_logkey(head: KeysHead, new: Signer, roots: Iterable[Signer]) -> LogkeyAdded:
    """Return the order that lets ``new`` sign checkpoints."""
    fact = LogkeyAdded(vkey=_vkey(head.origin, new.public_key))
    proof = show_possession(statement(head, fact), new)
    return authorised(head, replace(fact, possession=proof), roots)


def retire_logkey(head: KeysHead, public_key: bytes, roots: Iterable[Signer]) -> LogkeyRetired:
    """Return the order that ends a log key."""
    return authorised(head, LogkeyRetired(vkey=_vkey(head.origin, public_key)), roots)


def enrol_actor(head: KeysHead, principal: str, new: Signer, roots: Iterable[Signer]) -> ActorEnrolled:
    """Return the order that lets ``new`` sign decisions of ``principal``."""
    fact = ActorEnrolled(principal=principal, key=ssh_public_key(new.public_key))
    proof = show_ssh_possession(statement(head, fact), new)
    return authorised(head, replace(fact, possession=proof), roots)


def retire_actor(head: KeysHead, principal: str, public_key: bytes, roots: Iterable[Signer]) -> ActorRetired:
    """Return the order that ends a person's key."""
    return authorised(head, ActorRetired(principal=principal, key=ssh_public_key(public_key)), roots)


def compromise_actor(
    head: KeysHead, principal: str, public_key: bytes, suspect_from: int, roots: Iterable[Signer]
) -> ActorCompromised:
    """Return the order that ends a person's key and doubts what it signed from ``suspect_from`` on."""
    key = ssh_public_key(public_key)
    fact = ActorCompromised(principal=principal, key=key, suspect_from=suspect_from)
    return authorised(head, fact, roots)


def change_root(
    head: KeysHead,
    rootkeys: Iterable[bytes],
    threshold: int,
    *,
    added: Sequence[Signer],
    roots: Iterable[Signer],
) -> RootChanged:
    """Return the order that makes ``rootkeys`` the root keys; those not yet in force are in ``added`` too."""
    fact = RootChanged(rootkeys=_lines(rootkeys), threshold=threshold)
    proofs = sign_statement(possession_text(statement(head, fact)), added, POSSESSION)
    return authorised(head, replace(fact, possession=proofs), roots)


def authorised(head: KeysHead, fact: F, roots: Iterable[Signer]) -> F:
    """Return ``fact`` with the signatures of ``roots`` under its statement at ``head``."""
    return replace(fact, rootsignatures=sign_statement(statement(head, fact), roots))


def countersigned(fact: A, armored: Iterable[str]) -> A:
    """Return ``fact`` with more root signatures, as ``ssh-keygen -Y sign`` wrote them; none is verified."""
    signatures = {signature.key: signature for signature in fact.rootsignatures}
    for text in armored:
        name = keyid(parse_ssh_signature(text, "root signature").public_key)
        signatures[name] = KeySignature(name, text)
    return replace(fact, rootsignatures=in_order(signatures.values()))


def _vkey(origin: str, public_key: bytes) -> str:
    return format_vkey(log_vkey(origin, public_key))


def _lines(public_keys: Iterable[bytes]) -> tuple[str, ...]:
    return tuple(sorted(ssh_public_key(key) for key in public_keys))
