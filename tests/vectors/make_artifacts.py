"""Writes the frozen artifacts of one whole incident: ``python -m tests.vectors.make_artifacts``.

They go to ``tests/vectors/artifacts/<renderer>/``, when, and only when, the renderer gets a new number; files
of older numbers go then, for no program makes them any more.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from projections.artifacts.renderer import RENDERER
from tests.support.full_incident import full_incident
from tests.support.rendered import all_rendered

FOLDER = Path(__file__).parent / "artifacts"
FROZEN = FOLDER / str(RENDERER)


def write() -> None:
    """Write every artifact under the present number, and nothing else."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    for path, data in all_rendered(full_incident()).items():
        file = FROZEN / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


if __name__ == "__main__":
    write()
