"""One invocation: what was asked of it as a whole, and how it ends (R-AUT-02)."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from tallystick.cli.exits import BROKEN_PIPE, CRASHED, INTERRUPTED, OK, USAGE, exit_code
from tallystick.cli.output import tell
from tallystick.logs import log_to_stderr


class Run:
    """What holds for one invocation; mutable, because options are read while it is under way."""

    def __init__(self) -> None:
        self.debug = False


def run_command(app: typer.Typer, argv: Sequence[str]) -> int:
    """Return the exit code of one invocation; whatever happens, it is one of the table's."""
    run = Run()
    log_to_stderr("WARNING")
    try:
        outcome = typer.main.get_command(app).main(
            list(argv), prog_name="tallystick", standalone_mode=False, obj=run
        )
        sys.stdout.flush()
    except SystemExit as e:
        # Typer leaves by itself: when it has told the shell what to offer, and when nobody reads the output
        # any more, where its reason is what counts.
        if e.code == OK and e.__context__ is None:
            return OK
        return _ended(e.__context__ or e, run)
    except Exception as e:
        return _ended(e, run)
    # What `typer.Exit` ended: the code; a command itself returns nothing.
    return outcome if isinstance(outcome, int) else OK


def _ended(error: BaseException, run: Run) -> int:
    code = exit_code(error)
    if code == BROKEN_PIPE:
        _abandon_output()
        return code
    if run.debug:
        tell("".join(traceback.format_exception(error)).rstrip())
    if code == CRASHED:
        tell(f"tallystick: this is a bug, please report it: {type(error).__name__}: {error}")
        tell("Run it again as `tallystick --debug …` to see where it comes from.")
    elif code == USAGE and isinstance(error, TyperException):
        _wrong_use(error)
    elif code != INTERRUPTED and str(error):
        tell(f"tallystick: {_words(error)}")
    return code


def _words(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{os.fsdecode(error.filename)}: {error.strerror}"
    return str(error)


def _wrong_use(error: TyperException) -> None:
    words = error.format_message()
    if words.startswith("Usage:"):
        tell(words)  # nothing was asked for, so everything is explained
        return
    tell(f"tallystick: {words}")
    context = getattr(error, "ctx", None)
    if context is not None:
        tell(f"See `{context.command_path} --help`.")


def _abandon_output() -> None:
    # The interpreter flushes standard output once more at its end, and would complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
