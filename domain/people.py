"""The decider of stream ``people``: what an administrator may do to the directory (R-ROL-06, R-ROL-09).

The last `ledger_admin` may go: the token in the home of the ledger stands for an administrator outside the
directory, so nobody is locked out. Names are never compared, for they are sealed; two people may share one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from domain.authority import administers
from domain.context import Context
from domain.directory import Directory, Person, roles_of, unknown
from domain.people_commands import (
    ACTIONS,
    AddPerson,
    ChangePerson,
    ContactDetails,
    GrantRole,
    IssueToken,
    PeopleCommand,
    RevokeRole,
    RevokeToken,
)
from domain.people_facts import (
    Contact,
    PeopleFact,
    PersonAdded,
    PersonChanged,
    PersonKind,
    TokenIssued,
    TokenRevoked,
)
from domain.prose import prose
from domain.refusal import Refusal
from domain.role_facts import RoleGranted, RoleRevoked
from domain.role_names import ROLES, RoleId

Decision = tuple[PeopleFact, ...] | Refusal


def decide(directory: Directory, command: PeopleCommand, context: Context) -> Decision:
    """Return the facts that ``command`` adds, or why it is refused; others learn only that they may not."""
    authority = administers(ACTIONS[type(command)], context.principal)
    if isinstance(authority, Refusal):
        return authority
    if isinstance(command, AddPerson):
        return _add(command, context)
    person = directory.people.get(command.principal)
    return unknown(command.principal) if person is None else _about(directory, person, command, context)


def _about(
    directory: Directory,
    person: Person,
    command: ChangePerson | IssueToken | RevokeToken | GrantRole | RevokeRole,
    context: Context,
) -> Decision:
    match command:
        case ChangePerson():
            return _change(person, command)
        case IssueToken():
            return _issue(person, command, context)
        case RevokeToken():
            return _revoke_token(directory, command)
        case GrantRole():
            return _grant(directory, person, command)
        case RevokeRole():
            return _revoke_role(directory, command)
        case _:
            assert_never(command)


def _add(command: AddPerson, context: Context) -> Decision:
    for role in command.roles:
        if (unfit := _unfit(role, command.kind)) is not None:
            return unfit
    who = "p-" + context.ids[0].replace("-", "")
    added = PersonAdded(
        principal=who,
        kind=command.kind,
        name=prose(command.name, who),
        contacts=_contacts(command.contacts, who),
    )
    why = prose(command.rationale, who)
    granted = (RoleGranted(principal=who, role=role, rationale=why) for role in dict.fromkeys(command.roles))
    return (added, *granted)


def _change(person: Person, command: ChangePerson) -> Decision:
    if not person.active and command.active is not True:
        return _gone(person)
    active = None if command.active == person.active else command.active
    if active is None and command.name is None and command.contacts is None:
        return Refusal(
            code="NOTHING_CHANGED",
            message=f"{person.principal} is so already",
            expected="a name, contacts, or another value of active",
            found="none of them",
        )
    who = person.principal
    return (
        PersonChanged(
            principal=who,
            rationale=prose(command.rationale, who),
            name=None if command.name is None else prose(command.name, who),
            contacts=None if command.contacts is None else _contacts(command.contacts, who),
            active=active,
        ),
    )


def _issue(person: Person, command: IssueToken, context: Context) -> Decision:
    if not person.active:
        return _gone(person)
    return (TokenIssued(token_id=context.ids[0], principal=person.principal, digest=command.digest),)


def _revoke_token(directory: Directory, command: RevokeToken) -> Decision:
    mine = (token for token in directory.tokens.values() if token.principal == command.principal)
    token = next((token for token in mine if token.token_id == command.token_id), None)
    if token is None:
        return Refusal(
            code="TOKEN_ID_UNKNOWN",
            message=f"{command.principal} has no token {command.token_id[:80]}",
            place="token_id",
            expected="the id of a token of this person",
            found=command.token_id[:80],
        )
    if token.revoked:
        return Refusal(code="TOKEN_REVOKED", message=f"token {token.token_id} is revoked already")
    why = prose(command.rationale, command.principal)
    return (TokenRevoked(token_id=token.token_id, rationale=why),)


def _grant(directory: Directory, person: Person, command: GrantRole) -> Decision:
    if not person.active:
        return _gone(person)
    if (unfit := _unfit(command.role, person.kind)) is not None:
        return unfit
    if command.role in roles_of(directory, person.principal):
        return Refusal(code="ROLE_HELD", message=f"{person.principal} holds {command.role} already")
    why = prose(command.rationale, person.principal)
    return (RoleGranted(principal=person.principal, role=command.role, rationale=why),)


def _revoke_role(directory: Directory, command: RevokeRole) -> Decision:
    held = roles_of(directory, command.principal)
    if command.role not in held:
        return Refusal(
            code="ROLE_NOT_HELD",
            message=f"{command.principal} does not hold {command.role[:80]}",
            place="role",
            expected="one of " + ", ".join(held) if held else "a role that is held",
            found=command.role[:80],
        )
    why = prose(command.rationale, command.principal)
    return (RoleRevoked(principal=command.principal, role=command.role, rationale=why),)


def _unfit(role: RoleId, kind: PersonKind) -> Refusal | None:
    """Return why somebody of this kind cannot hold ``role``: no program decides anything (R-ROL-09)."""
    wanted = ROLES[role].kind
    if wanted == kind:
        return None
    return Refusal(
        code="ROLE_UNFIT",
        message=f"{role} is held by a {wanted}, not by a {kind}",
        place="role",
        expected="one of " + ", ".join(name for name, about in ROLES.items() if about.kind == kind),
        found=role,
    )


def _gone(person: Person) -> Refusal:
    return Refusal(
        code="PERSON_GONE",
        message=f"{person.principal} has left",
        place="person",
        expected="somebody who is active",
        found=person.principal,
    )


def _contacts(given: Iterable[ContactDetails], who: str) -> tuple[Contact, ...]:
    return tuple(Contact(channel=item.channel, address=prose(item.address, who)) for item in given)
