"""``tallystick manifest``: the list of an incident's evidence, against the evidence (R-MAN-04)."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ledger.exportlayout import CHECKPOINT
from ledger.finding import Finding
from tallystick.cli.options import JsonOption
from tallystick.cli.output import say, say_json
from tallystick.cli.progress import progress
from verifier.command import open_source
from verifier.manifests import Checked, check_manifests
from verifier.report import Report
from verifier.source import Source
from verifier.tally import Progress
from verifier.trust import check_outside, given_key
from verifier.verify import verify as verify_export

app = typer.Typer(name="manifest", help="The list of an incident's evidence.", no_args_is_help=True)


@app.callback()
def manifest() -> None:
    """Check the list of an incident's evidence against the evidence."""


@app.command()
def verify(
    place: Annotated[
        str, typer.Argument(metavar="DIR|FILE.zip", help="An export, a bundle, or a folder of artifacts.")
    ],
    *,
    log_key: Annotated[
        list[str] | None,
        typer.Option(metavar="VKEY|FILE", help="The log's verifier key, as you got it another way."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Verify every file that a manifest lists.

    Hashes, sizes, coverage; in an export also that the manifest follows from signed facts, which are its
    references. Exits with 0, or with 1 and every mismatch.
    """
    with open_source(place) as source, progress() as step:
        check_outside(place, log_key or ())
        checked = check_manifests(source)
        report = _report(source, log_key or (), step)
    wrong = [*_wrong(checked), *((item.first for item in report.findings) if report else ())]
    gaps = () if report is None else report.gaps
    if json:
        say_json(_json(checked, wrong, report))
    else:
        _say(checked, wrong, report)
    raise typer.Exit(1 if wrong or gaps else 0)


def _report(source: Source, keys: list[str] | tuple[str, ...], step: Progress) -> Report | None:
    """Return what the verifier says of an export, None of a folder that has no entries."""
    if not any(file.path == CHECKPOINT for file in source.files()):
        return None
    return verify_export(source, log_keys=tuple(map(given_key, keys)), progress=step)


def _wrong(checked: tuple[Checked, ...]) -> list[Finding]:
    if not checked:
        return [Finding("manifest", "evidence-manifest.json", "a manifest", "none")]
    return [finding for item in checked for finding in item.findings]


def _json(checked: tuple[Checked, ...], wrong: list[Finding], report: Report | None) -> dict[str, Any]:
    return {
        "manifests": checked,
        "findings": wrong,
        "gaps": () if report is None else report.gaps,
        "entries": None if report is None else report.verdict,
    }


def _say(checked: tuple[Checked, ...], wrong: list[Finding], report: Report | None) -> None:
    for item in checked:
        say(f"{item.path}: {item.listed} files listed, {len(item.findings)} mismatches")
    for finding in wrong:
        say(f"MISMATCH {finding}")
    if report is None:
        say("No entries are here: that the manifest follows from signed facts was not checked.")
        return
    for gap in report.gaps:
        say(f"NOT CHECKED {gap.first.place}: {gap.first.reason}")
    say(f"The entries behind it: {report.verdict}.")
