"""Writes the frozen artifacts of one whole incident: ``python -m tests.vectors.make_artifacts``.

They go to ``tests/vectors/artifacts/<renderer>/``, when, and only when, the renderer gets a new number; files
of older numbers go then, for no program makes them any more. In ``tests/vectors/copies/`` are
the copies that people read: nothing hashes them, so they may change, but somebody should read them then.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from projections.artifacts.copies import readable
from projections.artifacts.renderer import RENDERER
from tests.support.full_incident import NAMES, full_incident, words
from tests.support.rendered import all_rendered

FOLDER = Path(__file__).parent / "artifacts"
FROZEN = FOLDER / str(RENDERER)
COPIES = FOLDER.parent / "copies"


def write() -> None:
    """Write every artifact under the present number, the documents as people read them, and nothing else."""
    for folder, files, old in ((FROZEN, all_rendered(full_incident()), FOLDER), (COPIES, copies(), COPIES)):
        shutil.rmtree(old, ignore_errors=True)
        for path, data in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)


def copies() -> dict[str, bytes]:
    """Return the copies of the Markdown artifacts, by their paths."""
    documents = {path: data for path, data in all_rendered(full_incident()).items() if path.endswith(".md")}
    return {path: readable(path, data, words(), NAMES) for path, data in documents.items()}


if __name__ == "__main__":
    write()
