"""The header that every Markdown artifact carries: YAML front matter (R-ART-02).

Each value is JSON, which is YAML too; whatever is not a letter, digit, blank or one of ``-_.:/`` in
a text is escaped, so that a reader who takes the front matter for Markdown sees nothing but text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

Value = str | int | bool | None | Mapping[str, "Value"] | Sequence["Value"]

_SPECIAL = re.compile(r"[^A-Za-z0-9 _.:/-]")


def front_matter(fields: Mapping[str, Value]) -> str:
    """Return ``fields`` between the two ``---`` lines, keys sorted, one line a field."""
    lines = "".join(f"{key}: {_value(fields[key])}\n" for key in sorted(fields))
    return f"---\n{lines}---\n"


def _value(value: Value) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return f'"{_SPECIAL.sub(_escaped, value)}"'
        case Mapping():
            return "{" + ", ".join(f"{_value(key)}: {_value(value[key])}" for key in sorted(value)) + "}"
        case _:
            return "[" + ", ".join(map(_value, value)) + "]"


def _escaped(found: re.Match[str]) -> str:
    number = ord(found.group(0))
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
