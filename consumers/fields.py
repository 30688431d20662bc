"""Fields of a message, found by the paths of a mapping: strictly where something depends on them, else not.

A macro or a variable that the sender did not fill counts as not given. A place is the mapping's path,
never the sender's text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from consumers.payload import WHOLE, DecodeError, Json, NumberText, an_array, kind
from consumers.times import a_time, since_1970
from domain.mapping import When

ROOT = "$"

_STEP = re.compile(r'("[^"]+")|([^".]+)')
_UNFILLED = re.compile(r"\$[A-Z][A-Z0-9_.]*\$?|\$\{[^{}]*\}|\{[A-Z][A-Z0-9_.:#]*\}|\{\{.*\}\}", re.DOTALL)
_NO_TIME = re.compile(r"0001-01-01T00:00:00(?:\.0+)?Z|0+(?:\.0+)?")
"""How senders write that they know no time: the year 1 (Go), or nothing since 1970."""


class Item(Struct, frozen=True, kw_only=True):
    """One alert: its ``value`` and ``place``, and those of the ``whole`` it stands in, which $ leads to.

    ``made_at`` is when the sender says it made the whole, None where it does not.
    """

    value: Json
    place: str
    whole: Json
    whole_place: str
    made_at: str | None
    received_at: str


def items(item: Item, path: str | None) -> tuple[Item, ...]:
    """Return what stands in the array at ``path`` of a whole message, or the message itself without one."""
    if path is None:
        return (item,)
    place = place_of(item, path)
    inside = an_array(find(item, path), place)
    return tuple(
        Item(
            value=value,
            place=f"{place}[{i}]" if place != WHOLE else f"[{i}]",
            whole=item.whole,
            whole_place=item.whole_place,
            made_at=item.made_at,
            received_at=item.received_at,
        )
        for i, value in enumerate(inside)
    )


def find(item: Item, path: str) -> Json:
    """Return the value at ``path``, None where there is none."""
    steps = _steps(path)
    value, rest = (item.whole, steps[1:]) if steps[0] == ROOT else (item.value, steps)
    for step in rest:
        value = _member(value, step.strip('"'))
    return value


def place_of(item: Item, path: str) -> str:
    """Return where ``path`` leads, for errors."""
    rooted = _steps(path)[0] == ROOT
    start, rest = (item.whole_place, path[2:]) if rooted else (item.place, path)
    return ".".join(part for part in (start, rest) if part) or WHOLE


def given(item: Item, path: str) -> str | None:
    """Return the text, the number as written or the truth value at ``path``; None where none is given."""
    return _text(find(item, path))


def needed(item: Item, path: str) -> str:
    """Return what is `given` at ``path``; raises `DecodeError` where nothing is."""
    text = given(item, path)
    if text is None:
        raise DecodeError("wrong-shape", place_of(item, path), "a text or a number", kind(find(item, path)))
    return text


def texts(item: Item, path: str) -> dict[str, str]:
    """Return the members of the object at ``path`` that have a text; none if it is no object."""
    value = find(item, path)
    members = value.items() if isinstance(value, Mapping) else ()
    found = ((name, _text(member)) for name, member in members)
    return {name: text for name, text in found if name and text}


def moment(item: Item, when: When | None) -> str | None:
    """Return the time at ``when``, None where none is given; raises `DecodeError` if it is no time."""
    if when is None:
        return None
    value, place = find(item, when.field), place_of(item, when.field)
    if value is None or (isinstance(value, str) and (_text(value) is None or _NO_TIME.fullmatch(value))):
        return None
    return a_time(value, place) if when.unit == "rfc3339" else since_1970(value, place, when.unit)


@lru_cache(maxsize=4_096)
def _steps(path: str) -> tuple[str, ...]:
    """Return the names of a path, quoted ones with their quotes, so that a name ``$`` can be asked for."""
    return tuple(found[0] for found in _STEP.finditer(path))


def _member(value: Json, step: str) -> Json:
    if isinstance(value, Mapping):
        return value.get(step)
    if isinstance(value, Sequence) and not isinstance(value, str):
        index = int(step) if step.isascii() and step.isdecimal() and len(step) < 7 else len(value)
        return value[index] if index < len(value) else None
    return None


def _text(value: Json) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, NumberText):
        # A plain `str`: what is sealed later is encoded, and encoders know no other text.
        return str(value)
    if isinstance(value, str):
        return None if not value.strip() or _UNFILLED.fullmatch(value.strip()) else value
    return None
