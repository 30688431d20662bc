"""``tallystick token``: what people and programs show to act under their own name."""

from __future__ import annotations

from typing import Annotated

import typer

from api.people_changes import TokenReceipt
from application.changing_people import ISSUE
from application.people_asks import Ask
from domain.people_commands import Reason
from tallystick.cli.fields import fitting
from tallystick.cli.options import HomeOption, JsonOption
from tallystick.cli.output import say, say_json, say_table, tell
from tallystick.cli.people_options import KeyOption, PersonArgument, RationaleOption, change, change_and_say
from tallystick.people_desk import open_people_desk

app = typer.Typer(name="token", help="Tokens that act for people and programs.", no_args_is_help=True)


@app.callback()
def token() -> None:
    """Issue, list and revoke tokens."""


@app.command()
def new(
    person: PersonArgument,
    *,
    idempotency_key: KeyOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Issue a token and print it, once.

    The ledger keeps its SHA-256 alone. Put it where only its owner reads it; if it is lost, revoke it.
    """
    receipt = change(Ask(action=ISSUE, who=person), home, idempotency_key).receipt
    if json:
        say_json(receipt)
    elif isinstance(receipt, TokenReceipt) and receipt.token is not None:
        say(receipt.token)
        tell(f"Token {receipt.token_id} of {receipt.principal}; it is shown this once.")
    elif isinstance(receipt, TokenReceipt):
        tell(f"Token {receipt.token_id} of {receipt.principal}. {receipt.note}")


@app.command("list")
def list_tokens(
    person: Annotated[
        str | None, typer.Argument(metavar="[PERSON]", help="Id or name; without it, everybody's.")
    ] = None,
    *,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """List tokens, never the secret itself."""
    with open_people_desk(home) as desk:
        people = desk.people().people if person is None else (desk.person(person),)
    found = [(one, token) for one in people for token in one.tokens or ()]
    if json:
        say_json([{"principal": one.principal, "name": one.name, "token": token} for one, token in found])
    else:
        say_table(
            ("token", "principal", "name", "issued by", "issued at", ""),
            (
                (t.token_id, one.principal, one.name, t.issued_by, t.issued_at, "revoked" * t.revoked)
                for one, t in found
            ),
        )


@app.command()
def revoke(
    person: PersonArgument,
    token_id: Annotated[str, typer.Argument(metavar="TOKEN", help="Id of the token, as `list` shows it.")],
    *,
    rationale: RationaleOption,
    idempotency_key: KeyOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Revoke a token: it opens nothing from now on."""
    body = fitting(Reason, {"rationale": rationale}, "--rationale")
    ask = Ask(action="revoke-token", body=body, who=person, part=token_id)
    change_and_say(ask, home, idempotency_key, json=json)
