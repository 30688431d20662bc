"""Which ledger a command works on: ``--home`` names one here; else TALLYSTICK_URL, if set, a service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tallystick.desk import Desk
from tallystick.desk_http import HttpDesk
from tallystick.desk_local import local_desk
from tallystick.settings import load_settings


@contextmanager
def open_desk(home: Path | None, *, read_only: bool = True) -> Iterator[Desk]:
    """Open the ledger that a command is meant for."""
    settings = load_settings(home=home)
    if settings.url is not None and home is None:
        yield HttpDesk(settings.url, settings.token)
        return
    with local_desk(settings, read_only=read_only) as desk:
        yield desk
