"""The source tree as the tests see it: its root, its packages, the files that git knows."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


VERIFY = ROOT / "packaging" / "verify"


def project(folder: Path = ROOT) -> dict[str, Any]:
    """Return the pyproject.toml in ``folder``, parsed: that of `tallystick`, or below `VERIFY` the other."""
    return tomllib.loads((folder / "pyproject.toml").read_text())


def packages() -> tuple[str, ...]:
    """Return the names of our packages, as import-linter and mypy are told them."""
    return tuple(project()["tool"]["importlinter"]["root_packages"])


def owned(folder: Path) -> tuple[str, ...]:
    """Return the packages that the wheel of ``folder`` owns; each package is in one of the two wheels."""
    listed = project()["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    mine = tuple(name for name in listed if name in packages())
    return mine if folder == ROOT else tuple(name for name in packages() if name not in mine)


def tracked_files(suffix: str = "") -> tuple[Path, ...]:
    """Return the files in git that exist and end in ``suffix``, sorted.

    The tree may belong to another user than the one who runs the tests, which git refuses unless told.
    """
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True
    )
    names = sorted(name for name in listing.stdout.decode().split("\0") if name.endswith(suffix) and name)
    return tuple(path for path in (ROOT / name for name in names) if path.is_file())
