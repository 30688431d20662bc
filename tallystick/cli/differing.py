"""``tallystick diff``: what changed in an incident between two moments."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from application.comparison import DiffView
from application.past import NOW
from projections.difference import Difference
from tallystick.cli.desks import open_desk
from tallystick.cli.moments import moment
from tallystick.cli.options import HomeOption, IncidentArgument, JsonOption
from tallystick.cli.output import say, say_json, shown
from tallystick.cli.timeline import line

NOTHING = "nothing"
LONGEST = 60


def diff(
    incident: IncidentArgument,
    *,
    since: Annotated[
        str, typer.Option("--from", metavar="MOMENT", help="A version or a recorded time (RFC 3339).")
    ],
    until: Annotated[
        str | None, typer.Option("--to", metavar="MOMENT", help="The same; now unless it is said.")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show what changed in an incident between two moments.

    First the facts that were recorded in between, then each part of the incident that differs.
    """
    before, after = moment(since, "--from"), NOW if until is None else moment(until, "--to")
    with open_desk(home) as desk:
        found = desk.diff(incident, before, after)
    say_json(found) if json else say_diff(found)


def say_diff(found: DiffView) -> None:
    """Print the facts in between and what differs, a line each."""
    before, after = found.before, found.after
    say(
        f"{found.number} from version {before.version} ({before.as_of[:19]}Z) "
        f"to version {after.version} ({after.as_of[:19]}Z)"
    )
    say(f"\nrecorded in between: {len(found.facts) or NOTHING}")
    for entry in found.facts:
        say(f"  {entry.version:>4}  {entry.time[:10]} {line(entry)}")
    say(f"\nchanged: {len(found.changes) or NOTHING}")
    for row in found.changes:
        say(f"  {said(row)}")


def said(row: Difference) -> str:
    """Return one difference in one line."""
    place = row.pointer.removeprefix("/").replace("/", " / ").replace("~1", "/").replace("~0", "~")
    return shown(f"{place}: {_short(row.before)} -> {_short(row.after)}")


def _short(value: Any) -> str:
    """Return a value in a few words; ``--json`` has all of it."""
    match value:
        case None:
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case dict():
            plain = (f"{key} {_short(part)}" for key, part in value.items() if isinstance(part, str | int))
            return _cut(", ".join(plain) or "something")
        case list() | tuple():
            return _cut(", ".join(map(_short, value)) or NOTHING)
        case _:
            return _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
