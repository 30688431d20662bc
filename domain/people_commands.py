"""What a ledger administrator may ask for: one definition for API, OpenAPI, CLI and tests.

Over HTTP the path says who and which; the bodies (`AddPerson`, `PersonChange`, `RoleGrant`, `Reason`) say the
rest, and the commands are the bodies with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta, Struct

from domain.people_facts import Channel, PersonKind
from domain.role_names import RoleId
from domain.words import Name, Rationale

WITH_ADDING = "Granted together with adding the person to the directory."
"""The rationale of the roles with which somebody is added, unless another is given."""

# ``$(?!\n)``: Python's ``$`` also matches before a final newline, JSON Schema's does not.
_ADDRESS = r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$(?!\n)"

Address = Annotated[
    str, Meta(max_length=512, pattern=_ADDRESS, description="One line, without white space around it.")
]


class ContactDetails(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to reach somebody."""

    channel: Channel
    address: Address


Contacts = Annotated[tuple[ContactDetails, ...], Meta(max_length=16)]


class Reason(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why somebody decides something about somebody else (R-ROL-02)."""

    rationale: Rationale


class PersonChange(Reason, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is different now; what is left out stays. ``active`` false is leaving, true coming back."""

    name: Name | None = None
    contacts: Contacts | None = None
    active: bool | None = None


class RoleGrant(Reason, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which role is granted."""

    role: RoleId


class AddPerson(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Add somebody to the directory, with the roles they start with."""

    name: Name
    kind: PersonKind = "user"
    contacts: Contacts = ()
    roles: Annotated[tuple[RoleId, ...], Meta(max_length=32)] = ()
    rationale: Rationale = WITH_ADDING


class ChangePerson(PersonChange, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Change what the directory says of somebody."""

    principal: str


class IssueToken(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Let whoever shows the token with this SHA-256 act as ``principal``; the token itself stays outside."""

    principal: str
    digest: str


class RevokeToken(Reason, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """End a token of somebody's."""

    principal: str
    token_id: str


class GrantRole(RoleGrant, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Grant somebody a role, for everything (R-ROL-06)."""

    principal: str


class RevokeRole(Reason, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take a role from somebody; any word, so that a role which is no longer one can go as well."""

    principal: str
    role: str


PeopleCommand = AddPerson | ChangePerson | IssueToken | RevokeToken | GrantRole | RevokeRole

ACTIONS: Mapping[type[PeopleCommand], str] = {
    AddPerson: "add-person",
    ChangePerson: "change-person",
    IssueToken: "issue-token",
    RevokeToken: "revoke-token",
    GrantRole: "grant-role",
    RevokeRole: "revoke-role",
}
"""Type -> action, as `domain.authority.ADMINISTRATION` names it."""

EXAMPLES: Mapping[type[Struct], Struct] = {
    AddPerson: AddPerson(
        name="Ada Lovelace",
        contacts=(ContactDetails(channel="email", address="ada@example.org"),),
        roles=("incident_commander", "responder"),
        rationale="Joins the rota of commanders in March.",
    ),
    PersonChange: PersonChange(
        rationale="New number since she moved.",
        contacts=(ContactDetails(channel="phone", address="+44 20 7946 0018"),),
    ),
    RoleGrant: RoleGrant(role="release_manager", rationale="Stands in for the release manager."),
    Reason: Reason(rationale="The laptop that held it was lost."),
}
"""One valid example of each body, shown in the API's description and run by the tests."""
