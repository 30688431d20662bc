"""One public key in one role, from the fact that enrolled it to the fact that ended it; and the book of all.

Both ends are positions in the log, not times: a position cannot be back-dated. A key may sign entry i iff it
was enrolled at e < i (at leaf 0: e = i) and not ended at an r < i (design section 4, *Validity*). A key has
one role and one life: once in the book it is never enrolled again, so roles are never shared and no key comes
back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from ledger.errors import IntegrityError
from ledger.publickey import check_public_key
from ledger.signer import keyid

Role: TypeAlias = Literal["recorder", "log", "root", "actor"]


class Moment(msgspec.Struct, frozen=True):
    """The position of a key fact and its recorded time."""

    position: int
    time: str


class Owner(msgspec.Struct, frozen=True):
    """Whose a key is: its role, its raw public key, and for an actor the principal."""

    role: Role
    public_key: bytes
    principal: str = ""

    @property
    def keyid(self) -> str:
        """The key's name."""
        return keyid(self.public_key)


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """The life of a key; ``suspect_from`` is set when it got out."""

    owner: Owner
    since: Moment
    until: Moment | None = None
    suspect_from: int | None = None

    def covers(self, position: int) -> bool:
        """Return whether the key may sign entry ``position``; no later fact changes the answer."""
        begun = self.since.position < position or self.since.position == position == 0
        return begun and (self.until is None or self.until.position >= position)


Book: TypeAlias = Mapping[str, Enrolment]


def current(book: Book, role: Role) -> dict[str, bytes]:
    """Return the public keys in force in ``role``, by name."""
    return {
        name: entry.owner.public_key
        for name, entry in book.items()
        if entry.owner.role == role and entry.until is None
    }


def enrol(book: Book, owner: Owner, at: Moment, place: str) -> Book:
    """Return the book with one more key in it, which must never have been there."""
    check_public_key(owner.public_key, place)
    if known := book.get(owner.keyid):
        found = f"{owner.keyid}, {known.owner.role} key since entry {known.since.position}"
        raise IntegrityError(place, "a key never enrolled before", found)
    return {**book, owner.keyid: Enrolment(owner=owner, since=at)}


def end(book: Book, owner: Owner, at: Moment, place: str) -> Book:
    """Return the book in which a key in force ends at ``at``."""
    entry = _entry(book, owner, place)
    if entry.until is not None:
        expected = f"{owner.role} key {owner.keyid} in force"
        raise IntegrityError(place, expected, f"it ended at entry {entry.until.position}")
    return {**book, owner.keyid: msgspec.structs.replace(entry, until=at)}


def suspect(book: Book, owner: Owner, first: int, at: Moment, place: str) -> Book:
    """Return the book in which a key is doubted from entry ``first`` on, and ended at ``at`` at the latest.

    A key may be found out after it retired, and doubt may later reach further back, never less far.
    """
    entry = _entry(book, owner, place)
    latest = at.position if entry.suspect_from is None else entry.suspect_from - 1
    if not entry.since.position <= first <= latest:
        raise IntegrityError(f"{place}, suspect_from", f"{entry.since.position} to {latest}", first)
    until = entry.until or at
    return {**book, owner.keyid: msgspec.structs.replace(entry, until=until, suspect_from=first)}


def _entry(book: Book, owner: Owner, place: str) -> Enrolment:
    entry = book.get(owner.keyid)
    if entry is None or entry.owner != owner:
        whose = f" of {owner.principal}" if owner.principal else ""
        raise IntegrityError(place, f"an enrolled {owner.role} key{whose}", owner.keyid)
    return entry
