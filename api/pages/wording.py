"""Places and values of what differs, in words that people read; the API has them exactly."""

from __future__ import annotations

import re
from typing import Any

from projections.metrics.measured import Unit
from projections.spans import span

NOTHING = "nothing"
LONGEST = 400
FEW = 8
_SIZES = ("kB", "MB", "GB", "TB")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CAPITAL = {"sha256": "SHA-256", "id": "id"}


def place(pointer: str) -> str:
    """Return where a JSON Pointer leads: ``gates › severity alignment › state``."""
    parts = pointer.removeprefix("/").split("/")
    return " › ".join(named(_short(part.replace("~1", "/").replace("~0", "~"))) for part in parts)


def named(member: str) -> str:
    """Return the name of a member as people say it."""
    return " ".join(_CAPITAL.get(word, word) for word in member.split("_")) or "all of it"


def value(found: Any) -> str:
    """Return a value in a few words."""
    match found:
        case None | [] | () | "":
            return NOTHING
        case bool():
            return "yes" if found else "no"
        case dict():
            return _cut(
                "; ".join(f"{named(key)}: {value(part)}" for key, part in found.items() if _says(part))
            )
        case list() | tuple():
            return _cut(", ".join(map(value, found)))
        case _:
            return _cut(str(found))


def _short(member: str) -> str:
    """Return a member without the tail of an identifier that nobody reads."""
    return f"{member[:8]}…" if _UUID.fullmatch(member) else member


def size(count: int) -> str:
    """Return a number of bytes: ``812 bytes``, ``4.2 kB``, ``1.3 GB``."""
    if count < 1_000:
        return f"{count} bytes"
    power = min(len(_SIZES), (len(str(count)) - 1) // 3)
    return f"{count / 1_000**power:.1f} {_SIZES[power - 1]}"


def measured(said: str | None, unit: Unit) -> str:
    """Return what a metric says, as people say it: ``27 minutes``, ``2 of 3``."""
    if said is None:
        return "not yet"
    match unit:
        case "seconds":
            ms = int(said.replace(".", ""))
            return f"{ms} ms" if ms < 1_000 else span(ms)
        case "ratio":
            return said.replace("/", " of ")
        case "count":
            return said


def many(found: Any) -> bool:
    """Return whether a value is too much to stand on a page without being asked for."""
    return _leaves(found) > FEW


def _leaves(found: Any) -> int:
    if isinstance(found, dict):
        return sum(map(_leaves, found.values()))
    if isinstance(found, list | tuple):
        return sum(map(_leaves, found))
    return int(_says(found))


def _says(found: Any) -> bool:
    return found not in (None, [], (), {}, "")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
