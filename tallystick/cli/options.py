"""Options that several commands share, so that they are named and described once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer

from tallystick.cli.completion import incidents

DIGITS: Final = 18


def from_one(given: str) -> int:
    """Return the whole number that ``given`` spells; raise a usage error where it is none from 1 to 10^18."""
    if not (given.isascii() and given.isdigit() and len(given) <= DIGITS and int(given)):
        raise typer.BadParameter(f"expected a whole number from 1 on, found {given!r}")
    return int(given)


HomeOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("--home", metavar="DIR", help="Folder of the ledger. [TALLYSTICK_HOME, else ./var]"),
]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
CsvOption: TypeAlias = Annotated[
    bool, typer.Option("--csv", help="Print CSV (RFC 4180), safe to open in a spreadsheet.")
]
JsonLinesOption: TypeAlias = Annotated[bool, typer.Option("--jsonl", help="Print JSON, a line an item.")]
IncidentArgument: TypeAlias = Annotated[
    str,
    typer.Argument(metavar="INCIDENT", help="Number or stream, such as INC-7.", autocompletion=incidents),
]
VersionOption: TypeAlias = Annotated[
    int | None,
    typer.Option("--at-version", metavar="N", parser=from_one, help="As of this version of its stream."),
]
TimeOption: TypeAlias = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help="As recorded until this time (RFC 3339).")
]
CanonicalOption: TypeAlias = Annotated[
    bool, typer.Option("--canonical", help="Placeholders instead of sealed text: the bytes that are hashed.")
]


def expect_absent(out: Path, kind: str = "file") -> None:
    """Raise a usage error where there is something at ``out`` already, or no folder to make it in."""
    if out.is_symlink() or out.exists():
        raise typer.BadParameter(f"expected no such {kind}, found {out}", param_hint="--out")
    if kind == "file" and not out.parent.is_dir():
        raise typer.BadParameter(f"expected a folder for it, found no {out.parent}", param_hint="--out")


def one_form(**asked: bool) -> None:
    """Raise a usage error when more than one form of the output is asked for."""
    names = [f"--{name}" for name, wanted in asked.items() if wanted]
    if len(names) > 1:
        raise typer.BadParameter(f"expected one form, found {' and '.join(names)}", param_hint=names[-1])
