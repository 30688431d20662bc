"""Options that several commands share, so that they are named and described once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from tallystick.cli.completion import incidents

HomeOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("--home", metavar="DIR", help="Folder of the ledger. [TALLYSTICK_HOME, else ./var]"),
]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
IncidentArgument: TypeAlias = Annotated[
    str,
    typer.Argument(metavar="INCIDENT", help="Number or stream, such as INC-7.", autocompletion=incidents),
]
VersionOption: TypeAlias = Annotated[
    int | None, typer.Option("--at-version", metavar="N", min=1, help="As of this version of its stream.")
]
TimeOption: TypeAlias = Annotated[
    str | None, typer.Option("--at", metavar="TIME", help="As recorded until this time (RFC 3339).")
]
CanonicalOption: TypeAlias = Annotated[
    bool, typer.Option("--canonical", help="Placeholders instead of sealed text: the bytes that are hashed.")
]
