"""Other copies of a log: an export in a folder, or a log behind an address."""

from __future__ import annotations

from urllib.parse import urlsplit


def place_of(named: str) -> str:
    """Return the place that ``named`` means: an address without a path is a service, whose log is at /log."""
    if "://" in named and urlsplit(named).path in ("", "/"):
        return f"{named.rstrip('/')}/log"
    return named
