"""Every exit code there is, in one table (R-AUT-02).

0, 1 and 2 belong to what a command documents: done, refused or wrong, could not be checked. What goes wrong
around a command has codes of its own, from sysexits(3), so that no script can confuse the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import typer
from typer.exceptions import TyperException

from application.exporttarget import NotFree
from consumers.errors import IntakeStopped
from ledger.errors import AppendRefused, IntegrityError, KeyUnavailable, QueueFull, StoreError
from projections.configerror import ConfigError
from tallystick.cli.refused import Refused
from tallystick.desk import NotDone, Unreachable
from tallystick.initialise import AlreadyInitialised
from tallystick.settings import SettingsError
from tallystick.signals import Stopped
from tallystick.wiring import NotInitialised
from verifier.errors import VerifierError, WrongUse

OK: Final = 0
REFUSED: Final = 1
COULD_NOT_CHECK: Final = 2
USAGE: Final = 64
UNREACHABLE: Final = 69
CRASHED: Final = 70
INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141

MEANINGS: Final[Mapping[int, str]] = {
    OK: "done; for `verify`: valid; for `log fsck` and `doctor`: nothing is wrong",
    REFUSED: "refused by the rules, or the evidence does not hold; `verify`: invalid",
    COULD_NOT_CHECK: "`verify` only: could not check, or origin not established",
    USAGE: "the command line or a setting is wrong; nothing was done",
    UNREACHABLE: "the ledger cannot be reached or written: no home, service or key; busy, full, read-only",
    CRASHED: "a bug of ours",
    INTERRUPTED: "interrupted (Ctrl-C)",
    BROKEN_PIPE: "whoever read the output has gone",
}

_TABLE: Final[tuple[tuple[type[BaseException], int], ...]] = (
    (TyperException, USAGE),
    (SettingsError, USAGE),
    (WrongUse, USAGE),
    (NotFree, USAGE),
    (Refused, REFUSED),
    (NotDone, REFUSED),
    (AlreadyInitialised, REFUSED),
    (QueueFull, UNREACHABLE),
    (AppendRefused, REFUSED),
    (IntegrityError, REFUSED),
    (Unreachable, UNREACHABLE),
    (VerifierError, UNREACHABLE),
    (NotInitialised, UNREACHABLE),
    (KeyUnavailable, UNREACHABLE),
    (IntakeStopped, UNREACHABLE),
    (StoreError, UNREACHABLE),
    (ConfigError, UNREACHABLE),
    (typer.Abort, INTERRUPTED),
    (KeyboardInterrupt, INTERRUPTED),
    (Stopped, INTERRUPTED),
    (BrokenPipeError, BROKEN_PIPE),
    (OSError, UNREACHABLE),
)
"""The first row that fits decides; what no row fits is a crash."""


def exit_code(error: BaseException) -> int:
    """Return the exit code of a command that ended with ``error``."""
    return next((code for kind, code in _TABLE if isinstance(error, kind)), CRASHED)
