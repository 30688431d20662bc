"""``tallystick verify``: checks an export or a live log, trusting nobody but the key you pinned."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tallystick.cli.options import JsonOption, from_one
from tallystick.cli.progress import progress
from tallystick.settings import load_settings
from verifier.command import run


def verify(
    place: Annotated[
        str,
        typer.Argument(metavar="PATH|URL", help="An export, a directory or a ZIP, or the address of a log."),
    ],
    *,
    log_key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VKEY|FILE",
            help="The log's verifier key, as you got it another way; again for each if it was rotated.",
        ),
    ] = None,
    since: Annotated[
        Path | None,
        typer.Option(metavar="CHECKPOINT", exists=True, dir_okay=False, help="An older checkpoint you kept."),
    ] = None,
    trusted: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Your folder of *.vkey files. [~/.config/tallystick/trusted]"),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", dir_okay=False, help="Write the report as a page for people, too."),
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option(
            metavar="N", parser=from_one, help="How many work at once on a large export. [one for each core]"
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Verify an export or a live log.

    Exits with 0 (valid), 1 (invalid) or 2 (could not check, or no key of yours says whose log it is). Keys
    never come from what is being verified.
    """
    with progress() as step:
        code = run(
            place,
            log_key=log_key,
            since=since,
            trusted=trusted,
            token=load_settings().token if "://" in place else None,
            json=json,
            html=html,
            processes=processes,
            progress=step,
        )
    raise typer.Exit(code)
