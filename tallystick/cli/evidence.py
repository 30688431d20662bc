"""``tallystick evidence``: the files and words from which the cause of an incident is found (R-STEP-42)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final, get_args

import typer
from msgspec.structs import replace

from application.incident_views import EvidenceView
from domain.commands import ACTIONS
from domain.rootcause.commands import CaptureEvidence
from domain.rootcause.facts import EvidenceKind
from ledger.strict import is_hash
from projections.evidence_log import EvidenceShown
from tallystick.cli.act import say_done
from tallystick.cli.desks import open_desk
from tallystick.cli.fields import fitting
from tallystick.cli.moments import past
from tallystick.cli.options import (
    HomeOption,
    IncidentArgument,
    JsonOption,
    TimeOption,
    VersionOption,
    expect_absent,
)
from tallystick.cli.output import say, say_json, say_table, shown
from tallystick.cli.progress import progress
from tallystick.desk import NotDone, Order
from tallystick.files import Watched, new_file

CAPTURE: Final = ACTIONS[CaptureEvidence]
KINDS: Final = get_args(EvidenceKind)

app = typer.Typer(name="evidence", help="What the cause of an incident is found from.", no_args_is_help=True)


@app.callback()
def evidence() -> None:
    """Keep, list and save the evidence of an incident."""


@app.command()
def add(
    incident: IncidentArgument,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="What is to be kept.")
    ],
    *,
    kind: Annotated[str, typer.Option("--kind", metavar="KIND", help=f"One of {', '.join(KINDS)}.")],
    critical: Annotated[
        bool, typer.Option("--critical", help="The incident cannot be closed without it.")
    ] = False,
    title: Annotated[
        str | None, typer.Option("--title", metavar="TEXT", help="What it is; the file's name otherwise.")
    ] = None,
    captured_at: Annotated[
        str | None, typer.Option("--captured-at", metavar="TIME", help="When it was captured (RFC 3339).")
    ] = None,
    duplicate_of: Annotated[
        str | None, typer.Option("--duplicate-of", metavar="ID", help="The piece that it repeats.")
    ] = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Keep a file as evidence, encrypted, and record that it is.

    Prints the receipt. If the rules refuse the record, the file is removed again after a day.
    """
    value = {"action": CAPTURE, "kind": kind, "critical": critical, "title": title or file.name}
    value |= {"captured_at": captured_at, "duplicate_of": duplicate_of}
    # Looked at before the file is sent for nothing.
    command = fitting(CaptureEvidence, value, "--kind, --title, --captured-at, --duplicate-of")
    with file.open("rb") as source, open_desk(home, read_only=False) as desk:
        size = file.stat().st_size
        with progress() as step:
            blob = desk.upload(incident, Watched(source, lambda done: step("bytes", done, size)), size)
        order = Order(action=CAPTURE, command=replace(command, blob=blob), incident=incident)
        done = desk.act(order)
    say_json(done.receipt) if json else say_done(done)


@app.command("list")
def list_evidence(
    incident: IncidentArgument,
    *,
    at_version: VersionOption = None,
    at: TimeOption = None,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """List the evidence of an incident and what was found, now or as it was."""
    with open_desk(home) as desk:
        found = desk.evidence(incident, past(at_version, at))
    if json:
        say_json(found)
    else:
        _say(found)


@app.command()
def get(
    incident: IncidentArgument,
    which: Annotated[str, typer.Argument(metavar="EVIDENCE", help="An id or a SHA-256 that `list` shows.")],
    *,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A file that is not there yet.")],
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Save a file of an incident.

    Any file that a fact of the incident names can be had by its SHA-256. It is verified before any of it is
    given out, and is there whole or not at all.
    """
    expect_absent(out)
    with open_desk(home) as desk, progress() as step, new_file(out) as file:
        sha256 = _sha256_of(which, lambda: desk.evidence(incident))
        size = desk.download(incident, sha256, Watched(file, lambda done: step("bytes", done, 0)))
    found: dict[str, Any] = {"sha256": sha256, "size": size, "file": str(out)}
    say_json(found) if json else say(f"{size} bytes are in {out}.")


def _sha256_of(which: str, evidence: Callable[[], EvidenceView]) -> str:
    """Return the SHA-256 that ``which`` is, or that the evidence of that id has; raises `NotDone`."""
    if is_hash(which):
        return which
    found = next((piece for piece in evidence().evidence if piece.evidence_id == which), None)
    if found is None:
        raise NotDone("NOT_FOUND", f"evidence {which}: expected an id or a SHA-256 that `list` shows")
    if found.sha256 is None:
        raise NotDone("NOT_FOUND", f"evidence {which}: it has no file; `list` shows what it is")
    return found.sha256


def _say(found: EvidenceView) -> None:
    say(f"{found.number} at version {found.version}" + ", archived" * found.archived)
    if found.evidence:
        say_table(("id", "kind", "title", "checked", "", "stored as"), map(_row, found.evidence))
    for finding in found.findings:
        of = f"  (from {', '.join(finding.evidence_ids)})" if finding.evidence_ids else ""
        say(f"  {finding.finding_id}  {shown(finding.statement)}{of}")


def _row(piece: EvidenceShown) -> tuple[str, ...]:
    remarks = ["critical"] * piece.critical
    remarks += [f"repeats {piece.duplicate_of}"] if piece.duplicate_of else []
    where = piece.sha256 or piece.uri or "words"
    return piece.evidence_id, piece.kind, piece.title, piece.checked, ", ".join(remarks), where
