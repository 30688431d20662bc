"""``tallystick role``: who may do what, by grants that are facts (R-ROL-06)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NamedTuple, TypeAlias

import typer

from application.people_asks import Ask
from domain.commands import COMMANDS
from domain.people_commands import Reason, RoleGrant
from tallystick.cli.act import say_done
from tallystick.cli.completion import incidents
from tallystick.cli.desks import open_desk
from tallystick.cli.fields import fitting
from tallystick.cli.options import HomeOption, JsonOption
from tallystick.cli.output import say_json
from tallystick.cli.people_options import KeyOption, PersonArgument, RationaleOption, change_and_say
from tallystick.desk import Order
from tallystick.people_desk import open_people_desk

ID = "p-"
"""How the id of a principal begins; everything else is a name."""

app = typer.Typer(name="role", help="Grant and revoke roles.", no_args_is_help=True)

RoleArgument: TypeAlias = Annotated[
    str, typer.Argument(metavar="ROLE", help="A role, such as incident_commander.")
]
IncidentOption: TypeAlias = Annotated[
    str | None,
    typer.Option("--incident", metavar="INCIDENT", help="For this incident alone.", autocompletion=incidents),
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
    incident: IncidentOption = None,
    idempotency_key: KeyOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Grant somebody a role, for everything or for one incident.

    For one incident it also lets them see it, where it is restricted.
    """
    if incident is not None:
        asked = Here("grant-role", incident, person, name, rationale)
        change_here(asked, home, idempotency_key, json=json)
        return
    body = fitting(RoleGrant, {"role": name, "rationale": rationale}, "ROLE")
    change_and_say(Ask(action="grant-role", body=body, who=person), home, idempotency_key, json=json)


@app.command()
def revoke(
    person: PersonArgument,
    name: RoleArgument,
    *,
    rationale: RationaleOption,
    incident: IncidentOption = None,
    idempotency_key: KeyOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Take a role from somebody.

    With `--incident` the one that was granted for that incident.
    """
    if incident is not None:
        asked = Here("revoke-role", incident, person, name, rationale)
        change_here(asked, home, idempotency_key, json=json)
        return
    body = fitting(Reason, {"rationale": rationale}, "--rationale")
    ask = Ask(action="revoke-role", body=body, who=person, part=name)
    change_and_say(ask, home, idempotency_key, json=json)


class Here(NamedTuple):
    """A change of a role for one incident: the person by id or name."""

    action: str
    incident: str
    person: str
    role: str
    rationale: str


def change_here(asked: Here, home: Path | None, key: str | None, *, json: bool) -> None:
    """Change a role for one incident, and print the receipt."""
    principal = asked.person
    if not principal.startswith(ID):
        with open_people_desk(home) as people:
            principal = people.person(principal).principal
    fields = {"principal": principal, "role": asked.role, "rationale": asked.rationale}
    command = fitting(COMMANDS[asked.action], {"action": asked.action, **fields}, "ROLE")
    with open_desk(home, read_only=False) as desk:
        done = desk.act(Order(action=asked.action, command=command, incident=asked.incident, key=key))
    say_json(done.receipt) if json else say_done(done)
