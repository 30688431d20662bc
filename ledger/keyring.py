"""Who may sign what at which position: the fold of stream ``keys`` (design section 4, "Keyring").

The writer, the live service and the offline verifier fold the same facts with this one function, in index
order. It reads nothing and trusts nothing: each fact must be signed by a recorder valid at its position,
authorised by a threshold of the root keys in force before it, and, for a new key, proven to be held by
somebody. No later fact changes the validity of an earlier entry.

The signature of the fact's own envelope is the caller's to verify, with the key that `valid` returns *after*
the fold: leaf 0 enrols the very key it is signed with.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.checkpoint import check_origin, peek_checkpoint
from ledger.enrolment import Book, Moment, Role, current
from ledger.errors import IntegrityError
from ledger.event import Event, genesis
from ledger.keychange import Change, changed, opened
from ledger.keyfacts import FORMAT, STREAM, LaterFact, LedgerOpened, RootChanged, Successor, parse_fact
from ledger.note import format_vkey, log_vkey
from ledger.rootkeys import KeysHead, Roots, check_authority, statement


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """Entries ``first`` to ``last``, both included, are valid, but ``keyid`` may have been in wrong hands."""

    keyid: str
    role: Role
    first: int
    last: int


class Keyring(msgspec.Struct, frozen=True, kw_only=True):
    """All keys up to the fact at ``position``, the ``version``-th of its stream; -1 and 0 before leaf 0."""

    origin: str = ""
    position: int = -1
    version: int = 0
    threshold: int = 0
    successor_of: str | None = None  # checkpoint, a signed note
    book: Book = {}


EMPTY: Final = Keyring()


def fold(keyring: Keyring, position: int, event: Event, keyid: str) -> Keyring:
    """Return the keyring after the key fact ``event`` at ``position``, whose envelope names ``keyid``."""
    place = f"entry {position} ({event.type})"
    fact = parse_fact(event.type, event.data, place)
    _check_position(keyring, position, event, place)
    if isinstance(fact, LedgerOpened):
        folded = _opened(fact, event, place)
        valid(folded, keyid, position)
        return folded
    valid(keyring, keyid, position)
    return _changed(keyring, position, event, fact, place)


def valid(keyring: Keyring, keyid: str, position: int) -> bytes:
    """Return the raw public key of the recorder that may sign entry ``position`` as ``keyid``."""
    entry = keyring.book.get(keyid)
    if entry is not None and entry.owner.role == "recorder" and entry.covers(position):
        return entry.owner.public_key
    raise IntegrityError(f"entry {position}", "a recorder key in force", _state(keyring, keyid))


def recorder_keys(keyring: Keyring) -> dict[str, bytes]:
    """Return the raw public keys of all recorders so far, by name, whether in force or not."""
    owners = ((name, entry.owner) for name, entry in keyring.book.items())
    return {name: owner.public_key for name, owner in owners if owner.role == "recorder"}


def actor_keys(keyring: Keyring, principal: str, position: int) -> dict[str, bytes]:
    """Return the keys, by name, that may sign a decision of ``principal`` recorded in entry ``position``."""
    return {
        name: entry.owner.public_key
        for name, entry in keyring.book.items()
        if entry.owner.role == "actor" and entry.owner.principal == principal and entry.covers(position)
    }


def log_keys(keyring: Keyring, size: int) -> tuple[str, ...]:
    """Return the vkeys that may sign a checkpoint of ``size`` entries, all of them seen by the keyring."""
    keys = (entry.owner for entry in keyring.book.values() if entry.covers(size))
    return tuple(
        sorted(format_vkey(log_vkey(keyring.origin, key.public_key)) for key in keys if key.role == "log")
    )


def doubtful(keyring: Keyring) -> tuple[Doubt, ...]:
    """Return which entries are valid but doubtful, because the key that signed them may have been stolen."""
    return tuple(
        Doubt(keyid=name, role=entry.owner.role, first=entry.suspect_from, last=entry.until.position)
        for name, entry in keyring.book.items()
        if entry.until and entry.suspect_from is not None and entry.suspect_from <= entry.until.position
    )


def root_keys(keyring: Keyring) -> Roots:
    """Return the root keys in force after the last fact, and how many of them must sign the next."""
    return Roots(current(keyring.book, "root"), keyring.threshold)


def _opened(fact: LedgerOpened, event: Event, place: str) -> Keyring:
    check_origin(fact.origin, f"{place}, origin")
    _expect(f"{place}, format", FORMAT, fact.format)
    _expect(f"{place}, source", f"//{fact.origin}", event.source)
    _expect(f"{place}, prevhash", genesis(fact.origin, STREAM), event.prevhash)
    return Keyring(
        origin=fact.origin,
        position=0,
        version=1,
        threshold=fact.threshold,
        successor_of=_predecessor(fact.successorof, fact.origin, place),
        book=opened(fact, Moment(0, event.recordedtime), place),
    )


def _changed(keyring: Keyring, position: int, event: Event, fact: LaterFact, place: str) -> Keyring:
    text = statement(KeysHead(keyring.origin, event.prevhash), fact)
    check_authority(text, fact.rootsignatures, root_keys(keyring), place)
    change = Change(
        origin=keyring.origin, statement=text, at=Moment(position, event.recordedtime), place=place
    )
    return msgspec.structs.replace(
        keyring,
        position=position,
        version=event.streamversion,
        threshold=fact.threshold if isinstance(fact, RootChanged) else keyring.threshold,
        book=changed(keyring.book, fact, change),
    )


def _check_position(keyring: Keyring, position: int, event: Event, place: str) -> None:
    _expect(f"{place}, subject", STREAM, event.subject)
    _expect(f"{place}, streamversion", keyring.version + 1, event.streamversion)
    if keyring.version == 0:
        _expect(f"{place}, type of the first fact", "tallystick.ledger-opened.v1", event.type)
        _expect(f"{place}, index of the first fact", 0, position)
        return
    _expect(f"{place}, source", f"//{keyring.origin}", event.source)
    if position <= keyring.position or event.type == "tallystick.ledger-opened.v1":
        raise IntegrityError(place, f"a change of keys after entry {keyring.position}", f"entry {position}")


def _predecessor(successor: Successor | None, origin: str, place: str) -> str | None:
    if successor is None:
        return None
    try:
        before = peek_checkpoint(successor.checkpoint.encode())
    except IntegrityError as error:
        raise IntegrityError(f"{place}, successorof, {error.place}", error.expected, error.found) from error
    if before.origin == origin:
        raise IntegrityError(f"{place}, successorof", "a checkpoint of another origin", origin)
    return successor.checkpoint


def _state(keyring: Keyring, keyid: str) -> str:
    entry = keyring.book.get(keyid)
    if entry is None:
        return f"{keyid}, never enrolled"
    ended = "" if entry.until is None else f", ended at entry {entry.until.position}"
    return f"{keyid}, {entry.owner.role} key since entry {entry.since.position}{ended}"


def _expect(place: str, expected: object, found: object) -> None:
    if found != expected:
        raise IntegrityError(place, expected, found)
