"""Runs every benchmark, or those named, and writes docs/performance.md when all of them ran."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import appends, http, memory, proofs, rehydrating, vault, verifying
from benchmarks.machine import described

ALL = {
    "appends": appends.measure,
    "vault": vault.measure,
    "http": http.measure,
    "verifying": verifying.measure,
    "rehydrating": rehydrating.measure,
    "proofs": proofs.measure,
    "memory": memory.measure,
}
INTRO = """# Performance

Measured by `make bench`, which rewrites this page. Rates are medians of five runs or more (slowest to fastest in
brackets); what counts are the ratios, whose two sides are measured in the same run on the same machine.
"""


def main(names: list[str]) -> None:
    """Print each section as it is done."""
    sections = []
    for name in names or ALL:
        section = ALL[name]().markdown()
        print(section, flush=True)
        sections.append(section)
    if not names:
        text = "\n".join((INTRO, described() + "\n", *sections, Path("benchmarks/bounds.md").read_text()))
        Path("docs/performance.md").write_text(text)


if __name__ == "__main__":
    main(sys.argv[1:])
