"""What the shell offers for the words of a command; where nothing can be looked up, it offers nothing."""

from __future__ import annotations

from contextlib import suppress

import typer

from domain.commands import COMMANDS
from ledger.errors import LedgerError
from tallystick.cli.desks import open_desk
from tallystick.cli.shapes import Shape, names, shape
from tallystick.desk import NotDone, Unreachable

Offer = tuple[str, str]
"""A word, and what it means."""

OPEN, NEW = "open", "new"
TRUTH = ("yes", "no")


def incidents(context: typer.Context, incomplete: str) -> list[Offer]:
    """Return the numbers of the incidents, the newest first."""
    found: list[Offer] = []
    # A completion has no place for complaints: the command itself will say what is wrong.
    quiet = suppress(NotDone, Unreachable, LedgerError, OSError, ValueError)
    with quiet, open_desk(context.params.get("home")) as desk:
        found = [(one.number, f"{one.state}: {one.title}") for one in desk.incidents()]
    return [offer for offer in reversed(found) if offer[0].startswith(incomplete.upper())]


def incidents_or_new(context: typer.Context, incomplete: str) -> list[Offer]:
    """Return the same, and the word for an incident that is still to be opened."""
    new = [(NEW, "open an incident")] if NEW.startswith(incomplete) else []
    return [*new, *incidents(context, incomplete)]


def actions(context: typer.Context, incomplete: str) -> list[Offer]:
    """Return the actions that fit the incident named before."""
    fitting = [OPEN] if context.params.get("incident") == NEW else [name for name in COMMANDS if name != OPEN]
    return [(name, _first_line(COMMANDS[name])) for name in fitting if name.startswith(incomplete)]


def fields_of(context: typer.Context, incomplete: str) -> list[Offer]:
    """Return the fields of the action named before, or the values of a field that has few."""
    kind = COMMANDS.get(str(context.params.get("action")))
    if kind is None:
        return []
    name, equals, text = incomplete.partition("=")
    if equals:
        found = shape(kind, name)
        return [(f"{name}={value}", "") for value in _values(found) if value.startswith(text)]
    return [(f"{each}=", "") for each in names(kind) if each.startswith(incomplete)]


def _values(found: Shape | None) -> tuple[str, ...]:
    if found is None:
        return ()
    return TRUTH if found.kind == "boolean" else found.choices


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").partition("\n")[0]
