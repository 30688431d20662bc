"""``tallystick role``: who may do what, by grants that are facts (R-ROL-06)."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from application.people_asks import Ask
from domain.people_commands import Reason, RoleGrant
from tallystick.cli.fields import fitting
from tallystick.cli.options import HomeOption, JsonOption
from tallystick.cli.people_options import KeyOption, PersonArgument, RationaleOption, change_and_say

app = typer.Typer(name="role", help="Grant and revoke roles.", no_args_is_help=True)

RoleArgument: TypeAlias = Annotated[
    str, typer.Argument(metavar="ROLE", help="A role, such as incident_commander.")
]


@app.callback()
def role() -> None:
    """Grant and revoke roles."""


@app.command()
def grant(
    person: PersonArgument,
    name: RoleArgument,
    *,
    rationale: RationaleOption,
    idempotency_key: KeyOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Grant somebody a role, for everything."""
    body = fitting(RoleGrant, {"role": name, "rationale": rationale}, "ROLE")
    change_and_say(Ask(action="grant-role", body=body, who=person), home, idempotency_key, json=json)


@app.command()
def revoke(
    person: PersonArgument,
    name: RoleArgument,
    *,
    rationale: RationaleOption,
    idempotency_key: KeyOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Take a role from somebody."""
    body = fitting(Reason, {"rationale": rationale}, "--rationale")
    ask = Ask(action="revoke-role", body=body, who=person, part=name)
    change_and_say(ask, home, idempotency_key, json=json)
