"""The monitoring tools of a home: what ``config/sources.yaml`` says, with their keys opened."""

from __future__ import annotations

from application.configuration import read_sources
from application.sourcekey import open_source_key
from consumers.webhook import Receivers, receivers
from tallystick.defaults import SOURCES
from tallystick.home import Home


def open_sources(home: Home) -> Receivers:
    """Return the use case of every source of ``home``; raises `ConfigError`, `KeyUnavailable`."""
    place = f"config/{SOURCES}"
    found = read_sources(home.config / SOURCES, place)
    keys = {
        name: open_source_key(source.secret)
        for name, source in found.sources.items()
        if source.secret is not None
    }
    return receivers(found, keys, place)
