"""Which past a command means: ``--at-version`` or ``--at``."""

from __future__ import annotations

from datetime import datetime

import typer

from application.views import At
from domain.moment import timestamp


def past(version: int | None, time: str | None) -> At:
    """Return the past that the two options name; raises a usage error when they name two, or no moment."""
    if version is not None and time is not None:
        raise typer.BadParameter("expected one of --at-version and --at, found both", param_hint="--at")
    return At(version=version, time=None if time is None else _moment(time))


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as e:
        raise _wrong(text) from e
    if moment.tzinfo is None:
        raise _wrong(text)
    return timestamp(moment)


def _wrong(text: str) -> typer.BadParameter:
    return typer.BadParameter(
        f"expected a time with an offset, like 2026-03-01T02:10:00Z, found {text!r}", param_hint="--at"
    )
