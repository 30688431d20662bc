"""From what a browser sends to the JSON of a command, and back to what a form shows.

Nothing is judged here: what does not fit is left as it was written, so that the one judge, the command's
type, says what is wrong and where. A field that was left empty is absent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from api.pages.fields import Field

Sent = Mapping[str, Sequence[str]]
"""The fields that a browser sent, by name."""

Values = Mapping[str, str]
"""What stands in each field of a form, by its full name."""

ROWS_MOST = 64
_MINUTES = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


def value_of(fields: Iterable[Field], sent: Sent, prefix: str = "") -> dict[str, Any]:
    """Return the members of an object whose fields have names that begin with ``prefix``."""
    found = ((field.name, _value(field, sent, prefix + field.name)) for field in fields)
    return {name: value for name, value in found if value is not None}


def rows_in(sent: Iterable[str], name: str) -> int:
    """Return how many rows of a list were sent: one more than the highest."""
    places = (key.removeprefix(f"{name}.").split(".", 1)[0] for key in sent if key.startswith(f"{name}."))
    return max((int(place) + 1 for place in places if place.isdecimal() and len(place) < 3), default=0)


def values_of(fields: Iterable[Field], value: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return what a form shows of the members of an object."""
    found: dict[str, str] = {}
    for field in fields:
        if (member := value.get(field.name)) is not None:
            found.update(_shown(field, member, prefix + field.name))
    return found


def _value(field: Field, sent: Sent, name: str) -> Any:
    if field.kind == "group":
        return value_of(field.parts, sent, f"{name}.") or None
    if field.kind == "rows":
        count = min(rows_in(sent, name), ROWS_MOST)
        rows = [value_of(field.parts, sent, f"{name}.{place}.") for place in range(count)]
        return [row for row in rows if row] or None
    text = sent.get(name, [""])[0].replace("\r\n", "\n")
    return _typed(field, text) if text.strip() else None


def _typed(field: Field, text: str) -> Any:
    made = TYPED.get(field.kind)
    return text if made is None else made(text)


def _number(text: str) -> Any:
    # Anything else than a whole number stays a text, and is refused as one.
    plain = text.strip()
    return int(plain) if re.fullmatch(r"-?\d{1,17}", plain) else text


def _flag(text: str) -> Any:
    return {"yes": True, "no": False}.get(text, text)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _pairs(text: str) -> dict[str, str]:
    return dict(_pair(line) for line in _lines(text))


def _moment(text: str) -> str:
    """Return a time as RFC 3339: a browser's field for it has no offset, and we say that it is UTC."""
    text = text.strip()
    if not _MINUTES.match(text) or len(text) > len("2026-03-01T02:10:00.123456"):
        return text
    return f"{text}:00Z" if _MINUTES.fullmatch(text) else text if text.endswith("Z") else f"{text}Z"


def _reference(text: str) -> Any:
    """Return what an upload answered, which a script has put there."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _pair(line: str) -> tuple[str, str]:
    name, _, value = line.partition("=")
    return name.strip(), value.strip()


def _shown(field: Field, value: Any, name: str) -> Iterator[tuple[str, str]]:
    match field.kind:
        case "group":
            yield from values_of(field.parts, value, f"{name}.").items()
        case "rows":
            for place, row in enumerate(value):
                yield from values_of(field.parts, row, f"{name}.{place}.").items()
        case "lines":
            yield name, "\n".join(map(str, value))
        case "pairs":
            yield name, "\n".join(f"{key}={text}" for key, text in value.items())
        case "file":
            yield name, msgspec.json.encode(value).decode()
        case "flag":
            yield name, {True: "yes", False: "no"}.get(value, str(value))
        case "moment":
            yield name, str(value).removesuffix("Z")
        case _:
            yield name, str(value)


TYPED: Mapping[str, Callable[[str], Any]] = {
    "number": _number,
    "flag": _flag,
    "moment": _moment,
    "lines": _lines,
    "pairs": _pairs,
    "file": _reference,
}
"""Kind -> what its text becomes; other kinds are texts."""
