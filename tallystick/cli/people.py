"""``tallystick people``: who there is, how they are reached, and which roles they hold."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import typer

from application.people_asks import Ask
from application.people_view import PersonView
from domain.people_commands import AddPerson, PersonChange
from tallystick.cli.fields import fitting
from tallystick.cli.options import HomeOption, JsonOption
from tallystick.cli.output import say, say_json, say_table, shown
from tallystick.cli.people_options import KeyOption, PersonArgument, RationaleOption, change_and_say
from tallystick.people_desk import open_people_desk

app = typer.Typer(name="people", help="Who there is, and how they are reached.", no_args_is_help=True)

ContactOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--contact",
        metavar="CHANNEL:ADDRESS",
        help="A way to reach them: pagerduty, slack, email, webhook, phone or file. Again for more.",
    ),
]


@app.callback()
def people() -> None:
    """See and change the directory of people."""


@app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name that people know them by.")],
    *,
    role: Annotated[
        list[str] | None, typer.Option("--role", metavar="ROLE", help="A role to start with. Again for more.")
    ] = None,
    contact: ContactOption = None,
    service: Annotated[bool, typer.Option("--service", help="A program, not a human being.")] = False,
    rationale: Annotated[
        str | None, typer.Option("--rationale", metavar="TEXT", help="Why they get the roles.")
    ] = None,
    idempotency_key: KeyOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Add somebody, with the roles they start with.

    All of it is recorded together or not at all. Name and addresses are sealed, so they can be erased later.
    """
    value: dict[str, Any] = {
        "name": name,
        "kind": "service_account" if service else "user",
        "roles": role or [],
        "contacts": _contacts(contact or []),
    }
    if rationale is not None:
        value["rationale"] = rationale
    ask = Ask(action="add-person", body=fitting(AddPerson, value, "NAME, --role, --contact"))
    change_and_say(ask, home, idempotency_key, json=json)


@app.command("list")
def list_people(*, home: HomeOption = None, json: JsonOption = False) -> None:
    """List everybody, a line each."""
    with open_people_desk(home) as desk:
        found = desk.people()
    if json:
        say_json(found)
    elif found.people:
        say_table(("principal", "name", "roles", "reached by", ""), map(_row, found.people))
    else:
        say("Nobody yet: `tallystick people add NAME --role ROLE` adds somebody.")


@app.command()
def show(person: PersonArgument, *, home: HomeOption = None, json: JsonOption = False) -> None:
    """Show one person: roles by whose grant, contacts, tokens."""
    with open_people_desk(home) as desk:
        found = desk.person(person)
    say_json(found) if json else _say_person(found)


@app.command("change")
def change_person(
    person: PersonArgument,
    *,
    rationale: RationaleOption,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="The new name.")] = None,
    contact: ContactOption = None,
    back: Annotated[
        bool, typer.Option("--back", help="They have come back, without the roles and tokens they had.")
    ] = False,
    idempotency_key: KeyOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Change a name or contacts.

    With any --contact, the contacts given take the place of all that were known.
    """
    value: dict[str, Any] = {"rationale": rationale, "active": True if back else None, "name": name}
    if contact is not None:
        value["contacts"] = _contacts(contact)
    ask = Ask(action="change-person", body=fitting(PersonChange, value, "--rationale"), who=person)
    change_and_say(ask, home, idempotency_key, json=json)


@app.command()
def leave(
    person: PersonArgument,
    *,
    rationale: RationaleOption,
    idempotency_key: KeyOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Let somebody leave: every role and every token ends at once."""
    body = fitting(PersonChange, {"rationale": rationale, "active": False}, "--rationale")
    change_and_say(Ask(action="change-person", body=body, who=person), home, idempotency_key, json=json)


def _contacts(given: list[str]) -> list[dict[str, str]]:
    found = []
    for text in given:
        channel, colon, address = text.partition(":")
        if not colon:
            raise typer.BadParameter(f"expected CHANNEL:ADDRESS, found {text!r}", param_hint="--contact")
        found.append({"channel": channel.strip(), "address": address.strip()})
    return found


def _row(found: PersonView) -> tuple[str, ...]:
    return (
        found.principal,
        found.name,
        ", ".join(held.role for held in found.roles),
        ", ".join(contact.channel for contact in found.contacts),
        _remark(found),
    )


def _remark(found: PersonView) -> str:
    remarks = ["program"] * (found.kind == "service_account") + ["has left"] * (not found.active)
    return ", ".join(remarks)


def _say_person(found: PersonView) -> None:
    say(f"{shown(found.name)}  {found.principal}" + (f"  ({remark})" if (remark := _remark(found)) else ""))
    for held in found.roles:
        say(f"  role     {shown(held.role)}, granted by {held.granted_by} at {held.granted_at}")
    for contact in found.contacts:
        say(f"  contact  {contact.channel}: {shown(contact.address or 'not for you')}")
    for token in found.tokens or ():
        ended = ", revoked" * token.revoked
        say(f"  token    {token.token_id}, issued by {token.issued_by} at {token.issued_at}{ended}")
