"""Which past a command means: ``--at-version`` or ``--at``, or two moments."""

from __future__ import annotations

from datetime import datetime

import typer

from application.views import At
from domain.moment import timestamp
from tallystick.cli.options import DIGITS


def past(version: int | None, time: str | None) -> At:
    """Return the past that the two options name; raises a usage error when they name two, or no moment."""
    if version is not None and time is not None:
        raise typer.BadParameter("expected one of --at-version and --at, found both", param_hint="--at")
    return At(version=version, time=None if time is None else instant_of(time, "--at"))


def moment(text: str, option: str) -> At:
    """Return the version or the recorded time that an option names."""
    if text.isascii() and text.isdecimal() and len(text) <= DIGITS and int(text) > 0:
        return At(version=int(text))
    return At(time=instant_of(text, option, "a version or "))


def instant_of(text: str, option: str, otherwise: str = "") -> str:
    """Return the time that an option names, as the ledger writes it; raises a usage error."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as e:
        raise _wrong(text, option, otherwise) from e
    if found.tzinfo is None:
        raise _wrong(text, option, otherwise)
    return timestamp(found)


def _wrong(text: str, option: str, otherwise: str) -> typer.BadParameter:
    wanted = f"{otherwise}a time with an offset, like 2026-03-01T02:10:00Z"
    return typer.BadParameter(f"expected {wanted}, found {text!r}", param_hint=option)
