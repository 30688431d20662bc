"""``tallystick export``: the ledger, or one incident, as files that anybody can check without us."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from application.export import export_ledger
from application.exporting import material
from tallystick.cli.completion import incidents
from tallystick.cli.options import HomeOption, JsonOption
from tallystick.cli.output import say, say_json, tell
from tallystick.cli.progress import progress
from tallystick.exporting import Asked, export_here, export_there
from tallystick.publishing import publish_now
from tallystick.settings import Settings, load_settings
from tallystick.wiring import open_engine

LEFT_OUT = "--no-blobs"


def export(
    *,
    incident: Annotated[
        str | None,
        typer.Option(
            "--incident",
            metavar="INCIDENT",
            help="One incident, by number or stream, with what belongs to it.",
            autocompletion=incidents,
        ),
    ] = None,
    ledger: Annotated[bool, typer.Option("--ledger", help="The whole ledger.")] = False,
    out: Annotated[Path, typer.Option(metavar="DIR|FILE.zip", help="A folder or ZIP that is not there yet.")],
    disclose: Annotated[
        bool, typer.Option("--disclose", help="With an incident's sealed texts, and readable copies.")
    ] = False,
    no_blobs: Annotated[
        bool, typer.Option(LEFT_OUT, help="Without the encrypted files that entries name.")
    ] = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Write the ledger, or one incident, as files to check.

    Up to the newest published checkpoint: the whole ledger as a directory that any tlog tool can audit, or an
    incident with a proof for each entry; with what the entries name, artifacts, and VERIFY.md, which says how
    to check all that by hand. As a directory, or as the ZIP of it.
    """
    if ledger == (incident is not None):
        raise typer.BadParameter("expected --incident or --ledger, and one of them", param_hint="--incident")
    settings = load_settings(home=home)
    if incident is not None:
        asked = Asked(incident=incident, disclose=disclose, blobs=not no_blobs)
        _incident(settings, asked, out, local=home is not None, json=json)
        return
    if disclose or no_blobs:
        raise typer.BadParameter(
            "expected with --incident only", param_hint="--disclose" if disclose else LEFT_OUT
        )
    _ledger(settings, out, json=json)


def _incident(settings: Settings, asked: Asked, out: Path, *, local: bool, json: bool) -> None:
    with progress() as step:
        if settings.url is not None and not local:
            found = export_there(settings.url, settings.token, asked, out, step)
        else:
            found = export_here(settings, asked, out, step)
    _tell_lost(found.lost)
    if json:
        say_json(found)
        return
    say(
        f"{found.entries} entries in {found.streams} streams, {found.artifacts} artifacts and {found.blobs} "
        f"blobs are in {out}, complete up to {found.complete_to} of {found.size} entries of the ledger."
    )
    say(f"Check them: tallystick verify {out} --log-key VKEY")


def _ledger(settings: Settings, out: Path, *, json: bool) -> None:
    with open_engine(settings) as engine, progress() as step:
        publish_now(settings, engine)
        source = material(engine)
        found = export_ledger(
            source.store, source.blobs, out, checkpoint=source.checkpoint, vkey=source.vkey, progress=step
        )
        if (head := engine.store.head().size) > source.checkpoint.size:
            tell(
                f"entries {source.checkpoint.size} to {head - 1} are not published yet, and not in the export"
            )
    _tell_lost(found.lost)
    if json:
        say_json(found)
        return
    say(f"{found.entries} entries, {found.blobs} blobs and {found.artifacts} artifacts are in {out}.")
    say(f"Check them: tallystick verify {out} --log-key {settings.place.vkey}")


def _tell_lost(count: int) -> None:
    if count:
        tell(f"{count} files of evidence are not in the export: the record says that they are lost")
