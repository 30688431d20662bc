"""Runs every benchmark, or those named, and writes docs/performance.md when all of them ran."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import (
    appends,
    bundles,
    commanding,
    files,
    http,
    kafka,
    memory,
    pages,
    proofs,
    rehydrating,
    rendering,
    vault,
    verifying,
)
from benchmarks.machine import described

ALL = {
    "appends": appends.measure,
    "vault": vault.measure,
    "kafka": kafka.measure,
    "http": http.measure,
    "commanding": commanding.measure,
    "verifying": verifying.measure,
    "rehydrating": rehydrating.measure,
    "rendering": rendering.measure,
    "proofs": proofs.measure,
    "memory": memory.measure,
    "files": files.measure,
    "bundles": bundles.measure,
    "pages": pages.measure,
}
BOUNDS_TITLE = "What bounds it"
INTRO = """# Performance

Measured by `make bench`, which rewrites this page. Rates are medians of five runs or more (slowest to fastest in
brackets); what counts are the ratios, whose two sides are measured in the same run on the same machine.
"""


PAGE = Path("docs/performance.md")
BOUNDS = Path("benchmarks/bounds.md")


def main(names: list[str]) -> None:
    """Print each section as it is done, and put it into the page; without names, all of them, anew."""
    known = sections(PAGE.read_text()) if names and PAGE.exists() else {}
    for name in names or ALL:
        table = ALL[name]()
        print(table.markdown(), flush=True)
        known[table.title] = f"{table.markdown()}\n{described()}\n"
    PAGE.write_text("\n".join((INTRO, *known.values(), BOUNDS.read_text())))


def sections(page: str) -> dict[str, str]:
    """Return the sections of an earlier run, by title."""
    parts = page.split("\n## ")[1:]
    return {title: f"## {part}" for part in parts if (title := part.split("\n")[0]) != BOUNDS_TITLE}


if __name__ == "__main__":
    main(sys.argv[1:])
