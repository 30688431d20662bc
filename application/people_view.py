"""What may be read of the directory: names for every reader, addresses and tokens for few (R-DIR-01)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from application.engine import Engine
from application.unsealing import open_values
from domain.context import Principal
from domain.directory import Directory, Person, resolve, roles_of
from domain.people_facts import Channel, PersonKind
from domain.prose import Prose
from domain.refusal import Refusal
from projections.placeholder import placeholder

ADMIN = "ledger_admin"


class HeldRole(msgspec.Struct, frozen=True, kw_only=True):
    """A role somebody holds, by whose grant and since when."""

    role: str
    granted_by: str
    granted_at: str


class ContactView(msgspec.Struct, frozen=True, kw_only=True):
    """A way to reach somebody; ``address`` is null for who may not see it."""

    channel: Channel
    address: str | None


class TokenView(msgspec.Struct, frozen=True, kw_only=True):
    """A token that acts, or acted, for somebody; never the token itself."""

    token_id: str
    issued_by: str
    issued_at: str
    revoked: bool


class PersonView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in the directory; ``tokens`` is null for who may not see them."""

    principal: str
    kind: PersonKind
    name: str
    active: bool
    roles: tuple[HeldRole, ...]
    contacts: tuple[ContactView, ...]
    tokens: tuple[TokenView, ...] | None


class PeopleView(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody in the directory, at a version of its stream."""

    version: int
    people: tuple[PersonView, ...]


def all_people(engine: Engine, reader: Principal) -> PeopleView:
    """Return everybody who is or was in the directory, as ``reader`` may see them."""
    folded = engine.people.current()
    people = tuple(folded.state.people.values())
    return PeopleView(version=folded.version, people=_views(engine, folded.state, people, reader))


def one_person(engine: Engine, name: str, reader: Principal) -> PersonView | Refusal:
    """Return the person with this id or name, or why nobody is meant."""
    found = named(engine, name)
    if isinstance(found, Refusal):
        return found
    directory = engine.people.current().state
    return _views(engine, directory, (directory.people[found],), reader)[0]


def named(engine: Engine, name: str) -> str | Refusal:
    """Return the principal meant by an id or a display name, or why nobody is; may wait for the disk."""
    directory = engine.people.current().state
    if name in directory.people:
        return name
    known = _opened(engine, (person.name for person in directory.people.values()))
    names = {
        person.principal: known[person.name.c]
        for person in directory.people.values()
        if person.name.c in known
    }
    return resolve(directory, names, name)


def _views(
    engine: Engine, directory: Directory, people: tuple[Person, ...], reader: Principal
) -> tuple[PersonView, ...]:
    full = {person.principal: _sees_all(reader, person) for person in people}
    names = (person.name for person in people)
    addresses = (item.address for person in people if full[person.principal] for item in person.contacts)
    known = _opened(engine, (*names, *addresses))
    return tuple(_view(directory, person, known, full=full[person.principal]) for person in people)


def _sees_all(reader: Principal, person: Person) -> bool:
    return ADMIN in reader.roles or reader.id == person.principal


def _view(directory: Directory, person: Person, known: Mapping[str | None, str], *, full: bool) -> PersonView:
    held = roles_of(directory, person.principal).values()
    return PersonView(
        principal=person.principal,
        kind=person.kind,
        name=_text(person.name, known),
        active=person.active,
        roles=tuple(
            HeldRole(role=item.role, granted_by=item.granted_by, granted_at=item.granted_at) for item in held
        ),
        contacts=tuple(
            ContactView(channel=item.channel, address=_text(item.address, known) if full else None)
            for item in person.contacts
        ),
        tokens=_tokens(directory, person) if full else None,
    )


def _tokens(directory: Directory, person: Person) -> tuple[TokenView, ...]:
    return tuple(
        TokenView(
            token_id=token.token_id,
            issued_by=token.issued_by,
            issued_at=token.issued_at,
            revoked=token.revoked,
        )
        for token in directory.tokens.values()
        if token.principal == person.principal
    )


def _text(text: Prose, known: Mapping[str | None, str]) -> str:
    """Return an opened text, or the placeholder of one that was erased or lost."""
    return known.get(text.c, placeholder(text))


def _opened(engine: Engine, texts: Iterable[Prose]) -> Mapping[str | None, str]:
    refs = [ref for text in texts if (ref := text.sealed or text.blob) is not None]
    opened = open_values(refs, engine.vault, engine.blobs)
    return {c: value for c, value in opened.items() if isinstance(value, str)}
