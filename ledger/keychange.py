"""What each key fact does to the book of keys, and that every new key was shown to be held by somebody."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from ledger.enrolment import Book, Moment, Owner, current, end, enrol, suspect
from ledger.errors import IntegrityError
from ledger.keyfacts import (
    ActorCompromised,
    ActorEnrolled,
    ActorRetired,
    LaterFact,
    LedgerOpened,
    LogkeyAdded,
    LogkeyRetired,
    RecorderCompromised,
    RecorderEnrolled,
    RecorderRetired,
    RootChanged,
)
from ledger.note import ED25519, format_vkey, parse_vkey
from ledger.possession import NAMESPACE, check_possession, check_ssh_possession, possession_text
from ledger.rootkeys import verify_each
from ledger.signer import keyid
from ledger.sshkey import parse_ssh_public_key, ssh_public_key

_Single: TypeAlias = (
    RecorderEnrolled
    | RecorderRetired
    | RecorderCompromised
    | LogkeyAdded
    | LogkeyRetired
    | ActorEnrolled
    | ActorRetired
    | ActorCompromised
)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """The circumstances of a key fact: its ledger, its statement, its moment, its name in messages."""

    origin: str
    statement: bytes
    at: Moment
    place: str


def opened(fact: LedgerOpened, at: Moment, place: str) -> Book:
    """Return the book that leaf 0 begins."""
    _check_list(fact.logkeys, f"{place}, logkeys")
    book = enrol({}, Owner("recorder", bytes.fromhex(fact.recorderkey)), at, f"{place}, recorderkey")
    for vkey in fact.logkeys:
        book = enrol(book, Owner("log", _log_key(vkey, fact.origin, place)), at, f"{place}, logkeys")
    for public_key in root_keys(fact, place).values():
        book = enrol(book, Owner("root", public_key), at, f"{place}, rootkeys")
    return book


def changed(book: Book, fact: LaterFact, change: Change) -> Book:
    """Return the book after ``fact``, whose authority has been checked already."""
    if isinstance(fact, RootChanged):
        return _root_changed(book, fact, change)
    owner = _owner(fact, change)
    if isinstance(fact, RecorderEnrolled | LogkeyAdded | ActorEnrolled):
        check = check_ssh_possession if owner.role == "actor" else check_possession
        check(change.statement, fact.possession, owner.public_key, f"{change.place}, possession")
        return enrol(book, owner, change.at, change.place)
    if isinstance(fact, RecorderCompromised | ActorCompromised):
        book = suspect(book, owner, fact.suspect_from, change.at, change.place)
    else:
        book = end(book, owner, change.at, change.place)
    # Without a recorder nothing more can be recorded, not even a new one; without a log key nothing signed.
    if owner.role != "actor" and not current(book, owner.role):
        raise IntegrityError(change.place, f"another {owner.role} key before the last one ends", "none")
    return book


def root_keys(fact: LedgerOpened | RootChanged, place: str) -> dict[str, bytes]:
    """Return the root keys that ``fact`` names, by name, if its threshold can be reached."""
    _check_list(fact.rootkeys, f"{place}, rootkeys")
    if fact.threshold > len(fact.rootkeys):
        raise IntegrityError(f"{place}, threshold", f"at most {len(fact.rootkeys)}", fact.threshold)
    keys = [_ssh_key(line, f"{place}, rootkeys") for line in fact.rootkeys]
    return {keyid(key): key for key in keys}


def _root_changed(book: Book, fact: RootChanged, change: Change) -> Book:
    before, after = current(book, "root"), root_keys(fact, change.place)
    added = {name: key for name, key in after.items() if name not in before}
    place = f"{change.place}, possession"
    names = {signature.key for signature in fact.possession}
    if names != added.keys():
        raise IntegrityError(place, f"one by each new key {sorted(added)}", sorted(names))
    verify_each(possession_text(change.statement), fact.possession, added, NAMESPACE, place)
    for key in added.values():
        book = enrol(book, Owner("root", key), change.at, change.place)
    for name in before.keys() - after.keys():
        book = end(book, Owner("root", before[name]), change.at, change.place)
    return book


def _owner(fact: _Single, change: Change) -> Owner:
    match fact:
        case RecorderEnrolled() | RecorderRetired() | RecorderCompromised():
            return Owner("recorder", bytes.fromhex(fact.key))
        case LogkeyAdded() | LogkeyRetired():
            return Owner("log", _log_key(fact.vkey, change.origin, change.place))
        case ActorEnrolled() | ActorRetired() | ActorCompromised():
            return Owner("actor", _ssh_key(fact.key, change.place), fact.principal)


def _log_key(text: str, origin: str, place: str) -> bytes:
    try:
        vkey = parse_vkey(text)
    except IntegrityError as error:
        raise IntegrityError(f"{place}, {error.place}", error.expected, error.found) from error
    if vkey.name != origin or vkey.algorithm != ED25519:
        raise IntegrityError(f"{place}, verifier key", f"an Ed25519 key named {origin}", format_vkey(vkey))
    return vkey.public_key


def _ssh_key(line: str, place: str) -> bytes:
    public_key = parse_ssh_public_key(line, place)
    if ssh_public_key(public_key) != line:
        raise IntegrityError(place, "an OpenSSH line without a comment, often a person's name", "a comment")
    return public_key


def _check_list(lines: tuple[str, ...], place: str) -> None:
    if list(lines) != sorted(set(lines)):
        raise IntegrityError(place, "distinct keys in ascending order", f"{len(lines)} keys in another")
