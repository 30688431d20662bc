"""A request as people would type it: ``tallystick act INC-7 approve revision=1 …``."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any


def spelled(incident: str, action: str, fields: Mapping[str, Any]) -> str:
    """Return the command line that asks for ``action`` with ``fields``."""
    words = ("tallystick", "act", incident, action, *_words("", fields))
    return " ".join(map(shlex.quote, words))


def _words(prefix: str, fields: Mapping[str, Any]) -> Iterator[str]:
    for name, value in fields.items():
        if isinstance(value, Mapping):
            yield from _words(f"{prefix}{name}.", value)
        elif value is not None:
            yield f"{prefix}{name}={_value(value)}"


def _value(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return _list(list(value))
        case _:
            return str(value)


def _list(values: list[Any]) -> str:
    simple = all(isinstance(item, str) and item == item.strip() and "," not in item for item in values)
    return ",".join(values) if simple and values else json.dumps(values, ensure_ascii=False)
