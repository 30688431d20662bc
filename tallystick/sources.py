"""The monitoring tools of a home: what ``config/sources.yaml`` says, with their keys opened."""

from __future__ import annotations

from collections.abc import Mapping

from application.configuration import read_sources
from application.sourcekey import open_source_key
from consumers.configured import speaking
from consumers.format import Format
from consumers.webhook import Receivers, receivers
from domain.sources import Sources
from tallystick.defaults import SOURCES
from tallystick.home import Home

PLACE = f"config/{SOURCES}"


def open_sources(home: Home) -> Receivers:
    """Return the use case of every source of ``home``; raises `ConfigError`, `KeyUnavailable`."""
    found = _read(home)
    return receivers(found, _keys(found), PLACE)


def formats(home: Home) -> Mapping[str, Format]:
    """Return the format of every source of ``home`` by the source's name; raises `ConfigError`."""
    return speaking(_read(home), PLACE)


def _read(home: Home) -> Sources:
    return read_sources(home.config / SOURCES, PLACE)


def _keys(sources: Sources) -> Mapping[str, bytes]:
    return {
        name: open_source_key(source.secret)
        for name, source in sources.sources.items()
        if source.secret is not None
    }
