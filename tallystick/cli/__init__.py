"""The command line. Exit codes: `tallystick.cli.exits`; every command is described in docs/cli.md."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tallystick.cli.app import app
from tallystick.cli.run import run_command

__all__ = ["app", "main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; the console script ends with it."""
    return run_command(app, sys.argv[1:] if argv is None else argv)
