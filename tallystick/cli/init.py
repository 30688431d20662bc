"""``tallystick init``: makes a home with a new, empty ledger."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from domain.classified import Profile
from ledger.checkpoint import check_origin
from ledger.errors import IntegrityError
from tallystick.cli.options import HomeOption
from tallystick.cli.output import say
from tallystick.home import Home
from tallystick.initialise import initialise
from tallystick.settings import load_settings


def init(
    home: HomeOption = None,
    origin: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The log's name for good; default: a random one. [TALLYSTICK_ORIGIN]"
        ),
    ] = None,
    profile: Annotated[
        Profile | None,
        typer.Option(
            metavar="team|solo|strict", help="Profile of new incidents. [TALLYSTICK_PROFILE, else team]"
        ),
    ] = None,
    successor_of: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="A signed checkpoint of the ledger that this one continues.",
        ),
    ] = None,
) -> None:
    """Make a home with a new ledger.

    Keys, tokens, configuration and entry 0, which names the first keys. Prints the log's verifier key. Cut
    short, it may simply be repeated; it never replaces a key.
    """
    settings = load_settings(home=home, origin=origin, profile=profile)
    if settings.origin is not None:
        check_name(settings.origin)
    vkey = initialise(
        settings.place, origin=settings.origin, profile=settings.profile, successor_of=successor_of
    )
    say(vkey)
    for line in next_steps(settings.place):
        say(line)


def check_name(origin: str) -> None:
    """Return when a log may have this name."""
    try:
        check_origin(origin)
    except IntegrityError as e:
        raise typer.BadParameter(str(e), param_hint="--origin") from e


def next_steps(home: Home) -> tuple[str, ...]:
    """Return what to do with a new home."""
    return (
        "",
        f"A new ledger is in {home.path}. The line above is its verifier key, also in {home.vkey}:",
        "hand it to whoever will check this ledger; it is the one thing they have to pin.",
        "",
        f"  Move the root key offline:  {home.root_key} and {home.root_key}.pub",
        f"  Edit policies and rules:    {home.config}",
        "  Keep what was promised elsewhere too: set TALLYSTICK_CHECKPOINT_COPY to a file on another disk",
        f"  Start the service:          tallystick serve --home {home.path}",
        "  See what could be better:   tallystick doctor",
    )
