"""The directory: who there is, which roles they hold by whose grant, and which tokens act for them.

Folded from stream ``people``. Total over any order of facts: what the decider would have refused changes
nothing here, so that no sequence of facts can revive a revoked token or give roles to somebody who left.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import TypeGuard, assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain import roles
from domain.classified import Hash, Id, Timestamp
from domain.people_facts import (
    Contact,
    PeopleFact,
    PersonAdded,
    PersonChanged,
    PersonKind,
    TokenIssued,
    TokenRevoked,
)
from domain.prose import Prose
from domain.recorded import Pending, Stamped
from domain.refusal import Refusal
from domain.role_facts import RoleGranted, RoleRevoked
from domain.roles import Grants, Held


class Person(Struct, frozen=True, kw_only=True):
    """Somebody in the directory; ``active`` until they leave."""

    principal: Id
    kind: PersonKind
    name: Prose
    contacts: tuple[Contact, ...] = ()
    active: bool = True


class Token(Struct, frozen=True, kw_only=True):
    """A token that acts, or acted, for somebody."""

    token_id: Id
    principal: Id
    issued_by: Id
    issued_at: Timestamp
    revoked: bool = False


class Directory(Struct, frozen=True, kw_only=True):
    """Everybody by principal, grants by principal, tokens by the SHA-256 of the token."""

    people: Mapping[Id, Person] = {}
    grants: Grants = {}
    tokens: Mapping[Hash, Token] = {}


NOBODY = Directory()
"""The directory of a ledger in which nobody was added."""


def of_people(item: Stamped[object]) -> TypeGuard[Stamped[PeopleFact]]:
    """Return whether a recorded fact is one that `evolve` takes."""
    return isinstance(item.fact, PeopleFact)


def evolve(directory: Directory, item: Stamped[PeopleFact]) -> Directory:
    """Return the directory after a fact."""
    fact = item.fact
    match fact:
        case PersonAdded():
            return _added(directory, fact)
        case PersonChanged():
            return _changed(directory, fact)
        case TokenIssued():
            return _issued(directory, fact, item)
        case TokenRevoked():
            return _ended(directory, lambda token: token.token_id == fact.token_id)
        case RoleGranted():
            return _with_role(directory, fact, item) if is_active(directory, fact.principal) else directory
        case RoleRevoked():
            return _with_role(directory, fact, item)
        case _:
            assert_never(fact)


def fold(items: Iterable[Stamped[object]]) -> Directory:
    """Return the directory after all facts; those of other kinds change nothing."""
    return reduce(evolve, (item for item in items if of_people(item)), NOBODY)


def is_active(directory: Directory, principal: str) -> bool:
    """Return whether somebody is in the directory and has not left."""
    person = directory.people.get(principal)
    return person is not None and person.active


def roles_of(directory: Directory, principal: str) -> Mapping[str, Held]:
    """Return role -> how it is held; nothing for who has left or was never here."""
    return directory.grants.get(principal, {}) if is_active(directory, principal) else {}


def holding(directory: Directory, role: str) -> tuple[Person, ...]:
    """Return who holds ``role`` and has not left, in the order of their first grants."""
    found = roles.holders(directory.grants, role)
    return tuple(directory.people[principal] for principal in found if is_active(directory, principal))


def bearer(directory: Directory, digest: str) -> Person | None:
    """Return for whom the token with this SHA-256 acts now, None for nobody."""
    token = directory.tokens.get(digest)
    if token is None or token.revoked or not is_active(directory, token.principal):
        return None
    return directory.people[token.principal]


def resolve(directory: Directory, names: Mapping[str, str], name: str) -> str | Refusal:
    """Return the principal meant by an id or a display name; ``names`` has the opened name of each.

    An id wins over a name, who is here over who has left, and upper and lower case are one.
    """
    if name in directory.people:
        return name
    wanted = _key(name)
    found = [principal for principal, text in names.items() if _key(text) == wanted]
    found = [principal for principal in found if is_active(directory, principal)] or found
    if len(found) == 1:
        return found[0]
    if found:
        return Refusal(
            code="PERSON_AMBIGUOUS",
            message=f"{len(found)} people are called {name[:80]}; name one by the id",
            place="person",
            expected="one of " + ", ".join(found),
            found=name[:80],
        )
    return unknown(name)


def unknown(name: str) -> Refusal:
    """Return the refusal that nobody in the directory is meant by ``name``."""
    return Refusal(
        code="PERSON_UNKNOWN",
        message=f"person {name[:80]}: there is none in the directory",
        place="person",
        expected="the id (p-…) or the name of somebody in the directory",
        found=name[:80],
    )


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.split())).casefold()


def _added(directory: Directory, fact: PersonAdded) -> Directory:
    if fact.principal in directory.people:
        return directory
    person = Person(principal=fact.principal, kind=fact.kind, name=fact.name, contacts=fact.contacts)
    return replace(directory, people={**directory.people, fact.principal: person})


def _changed(directory: Directory, fact: PersonChanged) -> Directory:
    person = directory.people.get(fact.principal)
    if person is None:
        return directory
    if fact.active is False:
        directory = _ended(directory, lambda token: token.principal == fact.principal)
        directory = replace(directory, grants={**directory.grants, fact.principal: {}})
    changed = replace(
        person,
        name=person.name if fact.name is None else fact.name,
        contacts=person.contacts if fact.contacts is None else fact.contacts,
        active=person.active if fact.active is None else fact.active,
    )
    return replace(directory, people={**directory.people, fact.principal: changed})


def _issued(directory: Directory, fact: TokenIssued, item: Stamped[PeopleFact]) -> Directory:
    if fact.digest in directory.tokens:
        # The first word on a digest stands: issuing it again must not revive it.
        return directory
    token = Token(
        token_id=fact.token_id,
        principal=fact.principal,
        issued_by=item.authid,
        issued_at=item.recordedtime,
        # Who is not here gets no token that would open something once they come.
        revoked=not is_active(directory, fact.principal),
    )
    return replace(directory, tokens={**directory.tokens, fact.digest: token})


def _ended(directory: Directory, which: Callable[[Token], bool]) -> Directory:
    tokens = {
        digest: replace(token, revoked=True) if which(token) else token
        for digest, token in directory.tokens.items()
    }
    return replace(directory, tokens=tokens)


def _with_role(directory: Directory, fact: RoleGranted | RoleRevoked, item: Stamped[PeopleFact]) -> Directory:
    stamped: Stamped[RoleGranted | RoleRevoked] = Pending(
        fact=fact,
        version=item.version,
        authid=item.authid,
        time=item.time,
        recordedtime=item.recordedtime,
    )
    return replace(directory, grants=roles.evolve(directory.grants, stamped))
