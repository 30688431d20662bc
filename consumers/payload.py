"""A source's JSON, read tolerantly where nothing depends on it and strictly where identity does.

Numbers stay the text that was sent (parsers round); bytes or escapes that are not Unicode become
U+FFFD, because the raw bytes are kept beside; an object with one key twice is refused, because two
readers would see two messages. Whatever is wrong is one `DecodeError`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import NoReturn, TypeGuard

from domain.signal import Rejected

Json = str | bool | None | Sequence["Json"] | Mapping[str, "Json"]

WHOLE = "$"
"""The place that means the whole message."""

_LONE = re.compile("[\ud800-\udfff]")
_SHOWN = 200


class NumberText(str):
    """A number exactly as it was written."""

    __slots__ = ()


class DecodeError(ValueError):
    """A message, or a part of it, is not what its format says. Says place, expected and found."""

    def __init__(self, reason_code: str, place: str, expected: str, found: object) -> None:
        self.rejected = Rejected(reason_code=reason_code, place=place, expected=expected, found=_short(found))
        super().__init__(f"{place}: expected {expected}, found {self.rejected.found}")


def parse(body: bytes) -> Json:
    """Return the value of a JSON ``body``; raises `DecodeError` and nothing else."""
    text = body.decode("utf-8", errors="replace").removeprefix("\ufeff")
    try:
        return _cleaned(
            json.loads(
                text,
                object_pairs_hook=_object,
                parse_int=NumberText,
                parse_float=NumberText,
                parse_constant=_constant,
            )
        )
    except json.JSONDecodeError as error:
        raise DecodeError("not-json", WHOLE, "JSON", f"{error.msg} at character {error.pos}") from error
    except RecursionError as error:
        raise DecodeError("not-json", WHOLE, "JSON of moderate depth", "deeper nesting") from error


def an_object(value: Json, place: str) -> Mapping[str, Json]:
    """Return ``value`` if it is an object."""
    if isinstance(value, Mapping):
        return value
    raise DecodeError("wrong-shape", place, "an object", kind(value))


def an_array(value: Json, place: str) -> Sequence[Json]:
    """Return ``value`` if it is an array."""
    if isinstance(value, list):
        return value
    raise DecodeError("wrong-shape", place, "an array", kind(value))


def a_text(value: Json, place: str) -> str:
    """Return ``value`` if it is a string."""
    if is_text(value):
        return value
    raise DecodeError("wrong-shape", place, "a string", kind(value))


def is_text(value: Json) -> TypeGuard[str]:
    """Return whether ``value`` is a string, and not a number kept as one."""
    return isinstance(value, str) and not isinstance(value, NumberText)


def kind(value: object) -> str:
    """Return what a value is, in JSON's words; scalars with their value."""
    match value:
        case None:
            return "nothing"
        case Mapping():
            return "an object"
        case list():
            return "an array"
        case NumberText():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    fields: dict[str, Json] = {}
    for raw, value in pairs:
        key = _clean(raw)
        if key in fields:
            raise DecodeError("duplicate-key", WHOLE, "each key of an object once", f"{key} twice")
        fields[key] = _cleaned(value)
    return fields


def _cleaned(value: Json) -> Json:
    """Return a member with its strings clean; objects inside it were cleaned when they were read."""
    if is_text(value):
        return _clean(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return value


def _clean(text: str) -> str:
    return _LONE.sub("\ufffd", text)


def _constant(word: str) -> NoReturn:
    raise DecodeError("not-json", WHOLE, "JSON", word)


def _short(found: object) -> str:
    text = _clean(str(found))
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
