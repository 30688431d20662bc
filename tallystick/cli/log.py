"""``tallystick log fsck``: recomputes everything that the live store claims."""

from __future__ import annotations

import typer

from tallystick.checkup import Checkup, check_home
from tallystick.cli.options import HomeOption, JsonOption
from tallystick.cli.output import say, say_json
from tallystick.cli.progress import progress
from tallystick.cli.refused import Refused
from tallystick.settings import load_settings

app = typer.Typer(name="log", help="The log itself.", no_args_is_help=True)


@app.callback()
def log() -> None:
    """Look after the log itself."""


@app.command("fsck")
def fsck(*, home: HomeOption = None, json: JsonOption = False) -> None:
    """Recompute everything the log claims.

    Entries, signatures, chains, tree, tiles, checkpoints, promises; and look up every sealed value, blob and
    policy. Changes nothing; exits with 1 if something does not hold.
    """
    with progress() as step:
        found = check_home(load_settings(home=home), step)
    if json:
        say_json(found)
    else:
        _say(found)
    if found.findings:
        raise Refused


def _say(found: Checkup) -> None:
    for finding in found.findings:
        say(str(finding))
    verdict = f"{len(found.findings)} things do not hold" if found.findings else "everything holds"
    say(f"{found.origin}: {found.entries} entries in {found.streams} streams: {verdict}.")
