"""Where two facts of one type differ first, in words for a finding."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from msgspec import Struct

from domain.ratio import Ratio
from ledger.strict import shown

_PLAIN = re.compile(r"[A-Za-z0-9_.:-]+")

Path = tuple[str, ...]


def first_difference(expected: Struct, found: Struct) -> tuple[str, str]:
    """Return the first part that differs as it should be and as it is; the two must differ.

    For example ``criteria notification_latency: actual 300001/1``.
    """
    path, one, other = next(_differences((), expected, found))
    return _said(path, one), _said(path, other)


def _differences(path: Path, one: Any, other: Any) -> Iterator[tuple[Path, Any, Any]]:
    if one == other:
        return
    if type(one) is type(other) and isinstance(one, Struct) and not isinstance(one, Ratio):
        for name in one.__struct_fields__:
            yield from _differences((*path, name), getattr(one, name), getattr(other, name))
    elif isinstance(one, tuple) and isinstance(other, tuple):
        for number, (mine, theirs) in enumerate(zip_longest(one, other), 1):
            yield from _differences((*path, _name(mine or theirs, number)), mine, theirs)
    else:
        yield path, one, other


def _name(item: Any, number: int) -> str:
    """Return what a member of a list is called: by its id if it has one, else by its place."""
    return _word(getattr(item, "id", str(number)))


def _said(path: Path, value: Any) -> str:
    *above, last = path
    return f"{' '.join(above)}: {last} {_value(value)}" if above else f"{last} {_value(value)}"


def _value(value: Any) -> str:
    match value:
        case None:
            return "absent"
        case Ratio():
            return f"{value.num}/{value.den}"
        case str():
            return _word(value)
        case Struct() | tuple():
            return "present"
        case _:
            return str(value)


def _word(text: str) -> str:
    # A forger chooses what stands here: it must not do anything to a terminal.
    return text if _PLAIN.fullmatch(text) else shown(text)
