"""Costly things are made once a test run, whichever worker of xdist asks first.

A session fixture runs once *a worker*; wrap what it builds in `made_once`, and the second worker waits,
then shares.
"""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def common(factory: pytest.TempPathFactory) -> Path:
    """Return the directory that all workers of this test run, and of no other, have in common."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return the directory ``name`` of this test run, filled by one call of ``make``; read-only to tests."""
    shared = common(factory)
    made, done = shared / name, shared / f"{name}.done"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            made.mkdir()
            make(made)
            done.touch()
    return made
