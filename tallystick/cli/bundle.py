"""``tallystick bundle``: the sealed evidence bundle of a closed incident (R-BUN-04)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from domain.artifacts import BUNDLE
from tallystick.cli.desks import open_desk
from tallystick.cli.options import HomeOption, IncidentArgument, JsonOption, expect_absent
from tallystick.cli.output import say, say_json
from tallystick.cli.progress import progress
from tallystick.files import Watched, new_file


def bundle(
    incident: IncidentArgument,
    *,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A file that is not there yet.")] = Path(
        BUNDLE
    ),
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Save the sealed bundle of a closed incident.

    It is made again from the ledger and compared with the hash that was sealed; it is there whole and the
    same, or not at all. Seal one with `act INCIDENT seal what=bundle`.
    """
    expect_absent(out)
    with open_desk(home) as desk, progress() as step, new_file(out) as file:
        size = desk.bundle(incident, Watched(file, lambda done: step("bytes", done, 0)))
    if json:
        found: dict[str, Any] = {"size": size, "file": str(out)}
        say_json(found)
    else:
        say(f"{size} bytes are in {out}.")
        say(f"Check them: tallystick verify {out} --log-key VKEY")
