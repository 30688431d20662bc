"""What `people`, `token` and `role` share: how a person is named, why, and what a change prints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from application.people_asks import Ask
from tallystick.cli.output import say, say_json, say_table
from tallystick.people_desk import PeopleDone, open_people_desk

PersonArgument: TypeAlias = Annotated[
    str, typer.Argument(metavar="PERSON", help="Id (p-…) or name of somebody in the directory.")
]
RationaleOption: TypeAlias = Annotated[
    str, typer.Option("--rationale", metavar="TEXT", help="Why: at least 10 characters.")
]
KeyOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--idempotency-key", metavar="KEY", help="Sent again with the same key, nothing is done twice."
    ),
]


def change(ask: Ask, home: Path | None, key: str | None) -> PeopleDone:
    """Return what was recorded at the ledger that a command is meant for."""
    with open_people_desk(home, read_only=False) as desk:
        return desk.change(ask, key)


def change_and_say(ask: Ask, home: Path | None, key: str | None, *, json: bool) -> None:
    """Do the same and print the receipt."""
    done = change(ask, home, key)
    say_json(done.receipt) if json else say_done(done)


def say_done(done: PeopleDone) -> None:
    """Print what a change recorded, a line each."""
    receipt = done.receipt
    before = ", as recorded before" * done.replayed
    say(f"{receipt.principal}, the directory is at version {receipt.version}{before}")
    say_table(
        ("position", "version", "type", "leaf"),
        ((str(e.position), str(e.version), e.type, e.leaf) for e in receipt.entries),
    )
