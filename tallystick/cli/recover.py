"""``tallystick recover``: after an old copy was restored, appends what is missing from another copy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tallystick.cli.options import HomeOption, JsonOption
from tallystick.cli.output import say, say_json
from tallystick.cli.progress import progress
from tallystick.recovery import Recovery, recover_home
from tallystick.settings import load_settings
from verifier.command import open_source


def recover(
    *,
    source: Annotated[
        str,
        typer.Option(
            "--from", metavar="PATH|URL", help="A ledger export, or a service that has the entries."
        ),
    ],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Append what a restored home lacks.

    Byte for byte from another copy, and only if every promise is fulfilled then. Stop the service first.
    Sealed values that only the old vault knew are gone; a file in the home lists them.
    """
    settings = load_settings(home=home)
    token = settings.token if "://" in source else None
    with open_source(source, token) as copy, progress() as step:
        found = recover_home(settings, copy, step)
    if json:
        say_json(found)
    else:
        _say(found, settings.place.path)


def _say(found: Recovery, home: Path) -> None:
    if found.after == found.before:
        say(f"Nothing was missing: the log has {found.after} entries.")
    else:
        say(f"Appended entries {found.before} to {found.after - 1}, byte for byte.")
    if found.blobs:
        say(f"Stored {found.blobs} blobs that were missing.")
    if found.lost:
        say(f"{found.lost} sealed values are lost with the old vault; every hash and proof still holds.")
        say(f"Which: {found.lost_list}")
    say(f"Every promise is fulfilled; the checkpoint of {found.published} entries is published.")
    say(f"Start the service again: tallystick serve --home {home}")
