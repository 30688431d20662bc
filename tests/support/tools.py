"""Programs that nobody here wrote, found or accounted for.

Where one is missing the tests that need it are skipped, saying what to install; in CI (`.ci/run` sets
`TALLYSTICK_TEST_TOOLS=required`) they fail instead, so that no proof goes missing unnoticed.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest


def tool(command: str, package: str) -> str:
    """Return the path of ``command``; without it the test is skipped, or fails where tools are required."""
    found = shutil.which(command)
    if found is None:
        missing(command, package)
    return str(found)


def directory(path: str, package: str) -> Path:
    """Return ``path``, which Debian's ``package`` provides, under the same rule."""
    if not Path(path).is_dir():
        missing(path, package)
    return Path(path)


def missing(what: str, package: str) -> None:
    """End the test: ``what`` is not here, ``package`` of Debian has it."""
    text = f"{what} is not here; on Debian: apt-get install {package}"
    if os.environ.get("TALLYSTICK_TEST_TOOLS") == "required":
        pytest.fail(text)
    pytest.skip(text)
