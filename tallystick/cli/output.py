"""What commands print: data to standard output, everything else to standard error.

People get tables and lines; with ``--json`` a program gets one JSON document. Text that came from outside
never reaches a terminal as markup or control characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import typer
from rich.cells import cell_len

from projections.placeholder import one_line


def say(text: str = "") -> None:
    """Print a line for people or programs."""
    typer.echo(text)


def tell(text: str) -> None:
    """Print a line that is not part of the output: a hint, a warning."""
    typer.echo(text, err=True)


def write(data: bytes) -> None:
    """Print bytes as they are."""
    typer.echo(data, nl=False)


def say_json(value: Any) -> None:
    """Print a value as an indented JSON document."""
    typer.echo(msgspec.json.format(msgspec.json.encode(value), indent=2))


def say_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows in columns, each row on one line however long: lines can be searched, and cut elsewhere."""
    cells = [tuple(map(shown, row)) for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(heads, *cells, strict=True)]
    say(typer.style(_line(heads, widths), bold=True))
    for row in cells:
        say(_line(row, widths))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()


def shown(text: str) -> str:
    """Return foreign text as one harmless line, without our own escape of ``⟦``, doubled by `one_line`."""
    return one_line(text).replace("⟦⟦", "⟦").replace("⟦⟦", "⟦")
