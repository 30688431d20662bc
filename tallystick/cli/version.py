"""``tallystick version``: which program this is."""

from __future__ import annotations

from tallystick.cli.options import JsonOption
from tallystick.cli.output import say, say_json
from tallystick.program import program


def version(*, json: JsonOption = False) -> None:
    """Print which program this is."""
    found = program()
    if json:
        say_json(found)
    else:
        say(f"tallystick {found.tallystick} (Python {found.python}, SQLite {found.sqlite})")
