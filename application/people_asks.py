"""What is asked of the directory, in the words of whoever asks: people by id or name, bodies as they came.

One table for HTTP and the command line says which path an action has and which body goes with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from domain.people_commands import (
    AddPerson,
    ChangePerson,
    GrantRole,
    IssueToken,
    PeopleCommand,
    PersonChange,
    Reason,
    RevokeRole,
    RevokeToken,
    RoleGrant,
)


class Nothing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """No body: the path says it all."""


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """How an action is asked for; ``part`` names the field of the command that the end of the path holds."""

    path: str
    body: type[msgspec.Struct]
    command: type[PeopleCommand]
    part: str | None = None


FORMS: Mapping[str, Form] = {
    "add-person": Form(path="/v1/people", body=AddPerson, command=AddPerson),
    "change-person": Form(path="/v1/people/{principal}/changes", body=PersonChange, command=ChangePerson),
    "issue-token": Form(path="/v1/people/{principal}/tokens", body=Nothing, command=IssueToken),
    "revoke-token": Form(
        path="/v1/people/{principal}/tokens/{token_id}/revoke",
        body=Reason,
        command=RevokeToken,
        part="token_id",
    ),
    "grant-role": Form(path="/v1/people/{principal}/roles", body=RoleGrant, command=GrantRole),
    "revoke-role": Form(
        path="/v1/people/{principal}/roles/{role}/revoke", body=Reason, command=RevokeRole, part="role"
    ),
}
"""Action -> its form."""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One request: ``who`` is an id or a name, None for adding somebody; ``part`` a token's id or a role."""

    action: str
    body: msgspec.Struct = Nothing()
    who: str | None = None
    part: str | None = None

    @property
    def form(self) -> Form:
        """How this action is asked for."""
        return FORMS[self.action]


def path_of(ask: Ask) -> str:
    """Return where a request goes over HTTP, which is part of what its idempotency key stands for."""
    part = {} if ask.form.part is None else {ask.form.part: quote(ask.part or "", safe="")}
    return ask.form.path.format(principal=quote(ask.who or "", safe=""), **part)


def command_of(ask: Ask, principal: str, **more: str) -> PeopleCommand:
    """Return the command that is asked for, about ``principal``; ``more`` is what the body must not say."""
    fields: dict[str, Any] = {name: getattr(ask.body, name) for name in ask.body.__struct_fields__}
    if ask.who is not None:
        fields["principal"] = principal
    if ask.form.part is not None:
        fields[ask.form.part] = ask.part or ""
    make: Callable[..., PeopleCommand] = ask.form.command
    return make(**fields, **more)
