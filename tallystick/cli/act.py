"""``tallystick act``: one command on one incident, and the receipt of what it recorded."""

from __future__ import annotations

from typing import Annotated

import typer

from domain.commands import COMMANDS
from tallystick.cli.completion import actions, fields_of, incidents_or_new
from tallystick.cli.desks import open_desk
from tallystick.cli.fields import command
from tallystick.cli.options import HomeOption, JsonOption, from_one
from tallystick.cli.output import say, say_json, say_table, tell
from tallystick.desk import Done, Order

OPEN, NEW = "open", "new"


def act(
    incident: Annotated[
        str,
        typer.Argument(
            metavar="INCIDENT",
            help="Number or stream, such as INC-7; `new` for open.",
            autocompletion=incidents_or_new,
        ),
    ],
    action: Annotated[
        str,
        typer.Argument(metavar="ACTION", help=f"One of {', '.join(COMMANDS)}.", autocompletion=actions),
    ],
    fields: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FIELD]...",
            help="key=value, or all of them as JSON: @file.json, @- for stdin.",
            autocompletion=fields_of,
        ),
    ] = None,
    *,
    expected_version: Annotated[
        int | None,
        typer.Option(metavar="N", parser=from_one, help="Refuse unless the incident is at this version."),
    ] = None,
    idempotency_key: Annotated[
        str | None, typer.Option(metavar="KEY", help="Sent again with the same key, nothing is done twice.")
    ] = None,
    wait_published: Annotated[
        bool, typer.Option("--wait-published", help="Answer with proofs, once a checkpoint covers it (10 s).")
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Do something to an incident.

    Prints the receipt: positions and leaf hashes of what was recorded. Lists are separated by commas, or
    their key is repeated; truth values are yes or no; times are RFC 3339 with an offset; what lies inside an
    object is named with dots (`blast_radius.services=a,b`). Lists and objects may also be JSON.
    """
    _check(incident, action)
    order = Order(
        action=action,
        command=command(action, fields or ()),
        incident=None if action == OPEN else incident,
        expected=expected_version,
        key=idempotency_key,
        wait=wait_published,
    )
    with open_desk(home, read_only=False) as desk:
        done = desk.act(order)
    if json:
        say_json(done.receipt)
    else:
        say_done(done)
    if wait_published and not done.published:
        tell("Recorded, but no checkpoint covers it yet; `tallystick doctor` says how far publishing is.")


def _check(incident: str, action: str) -> None:
    if action not in COMMANDS:
        raise typer.BadParameter(
            f"expected one of {', '.join(COMMANDS)}, found {action!r}", param_hint="ACTION"
        )
    if (incident == NEW) != (action == OPEN):
        expected = NEW if action == OPEN else "a number or a stream"
        raise typer.BadParameter(
            f"expected {expected} for {action}, found {incident!r}", param_hint="INCIDENT"
        )


def say_done(done: Done) -> None:
    """Print what was recorded, a line each."""
    receipt = done.receipt
    say(f"{receipt.number} is at version {receipt.version}" + (", as recorded before" * done.replayed))
    say_table(
        ("position", "stream", "version", "type", "leaf"),
        ((str(e.position), e.stream, str(e.version), e.type, e.leaf) for e in receipt.entries),
    )
    for entry in receipt.entries:
        if entry.proof is not None:
            say(f"\nproof of {entry.position}:\n{entry.proof}")
