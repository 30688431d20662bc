"""``tallystick export``: the ledger as files that anybody can check without us."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from application.export import export_ledger
from ledger.errors import StoreError
from tallystick.cli.options import HomeOption, JsonOption
from tallystick.cli.output import say, say_json, tell
from tallystick.cli.progress import progress
from tallystick.publishing import publish_now
from tallystick.settings import load_settings
from tallystick.wiring import open_engine


def export(
    *,
    ledger: Annotated[bool, typer.Option("--ledger", help="The whole ledger.")] = False,
    out: Annotated[Path, typer.Option(metavar="DIR|FILE.zip", help="A folder or ZIP that is not there yet.")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Write the ledger as files to check.

    Up to its newest published checkpoint, as a directory that any tlog tool can audit, with what its entries
    name, artifacts, and VERIFY.md, which says how to check all that by hand; or as the ZIP of that directory.
    """
    if not ledger:
        raise typer.BadParameter("expected --ledger; single incidents come later", param_hint="--ledger")
    settings = load_settings(home=home)
    with open_engine(settings) as engine, progress() as step:
        publish_now(settings, engine)
        newest = engine.store.newest_publication()
        if newest is None:
            raise StoreError("log: expected a published checkpoint, found none; run `tallystick serve`")
        found = export_ledger(
            engine.store, engine.blobs, out, checkpoint=newest, vkey=engine.vkey, progress=step
        )
        if (head := engine.store.head().size) > newest.size:
            tell(f"entries {newest.size} to {head - 1} are not published yet, and not in the export")
    if json:
        say_json(found)
    else:
        say(f"{found.entries} entries, {found.blobs} blobs and {found.artifacts} artifacts are in {out}.")
        say(f"Check them: tallystick verify {out} --log-key {settings.place.vkey}")
