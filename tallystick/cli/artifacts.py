"""``tallystick artifacts``: the documents that follow from an incident's facts (R-ART-01)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from application.artifact_files import ArtifactShown, ArtifactsView
from application.exporttarget import whole_or_absent
from application.past import At
from tallystick.cli.desks import open_desk
from tallystick.cli.moments import past
from tallystick.cli.options import HomeOption, IncidentArgument, JsonOption, TimeOption, VersionOption
from tallystick.cli.output import say, say_json, say_table, write
from tallystick.cli.progress import progress

ReadableOption = Annotated[
    bool, typer.Option("--readable", help="With the texts in their places, as far as they can be opened.")
]

OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR|FILE.zip", help="A folder or ZIP that is not there yet."),
]

app = typer.Typer(
    name="artifacts", help="The documents that follow from an incident's facts.", no_args_is_help=True
)


@app.callback()
def artifacts() -> None:
    """List and write the artifacts of an incident."""


@app.command("list")
def list_artifacts(
    incident: IncidentArgument,
    *,
    at_version: VersionOption = None,
    at: TimeOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """List the artifacts of an incident, now or as they were, with the SHA-256 of their canonical bytes."""
    with open_desk(home) as desk:
        found = desk.artifacts(incident, past(at_version, at))
    say_json(found) if json else _say(found)


@app.command()
def render(
    incident: IncidentArgument,
    artifact: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A file name or label that `list` shows.")
    ] = None,
    *,
    out: OutOption = None,
    readable: ReadableOption = False,
    at_version: VersionOption = None,
    at: TimeOption = None,
    home: HomeOption = None,
) -> None:
    """Write artifacts of an incident, all or one, now or as they were.

    In the folders of the protocol. One artifact without --out is printed.
    """
    if artifact is None and out is None:
        raise typer.BadParameter("expected --out, or the name of one artifact", param_hint="--out")
    moment = past(at_version, at)
    with open_desk(home) as desk, progress() as step:
        if out is None:
            write(desk.artifact(incident, artifact or "", moment, readable=readable))
            return
        found = desk.artifacts(incident, moment)
        wanted = [item for item in found.artifacts if artifact in (None, item.name, item.artifact_id)]
        if artifact is not None and not wanted:
            desk.artifact(incident, artifact, moment)  # says why it is not there
        with whole_or_absent(out, step) as files:
            for number, item in enumerate(wanted, start=1):
                # All of one version, whatever is recorded meanwhile.
                data = desk.artifact(incident, item.name, At(version=found.version), readable=readable)
                files.write(item.path, data)
                step("artifacts", number, len(wanted))
    say(f"{len(wanted)} artifacts of {found.number} at version {found.version} are in {out}.")


def _say(found: ArtifactsView) -> None:
    say(f"{found.number} at version {found.version}, renderer {found.renderer}")
    say_table(("file", "step", "bytes", "SHA-256"), map(_row, found.artifacts))
    if found.missing:
        say(f"Missing: {', '.join(found.missing)}")


def _row(item: ArtifactShown) -> tuple[str, ...]:
    return item.path, item.step, str(item.size_bytes), item.sha256
