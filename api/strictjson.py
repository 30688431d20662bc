"""JSON as a body may hold it: UTF-8, each member of an object once, text that is text (RFC 7493).

Parsed to plain values, so that one body means one thing to every reader; types come afterwards.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from api.problems import ProblemError, Violation, refused

MAX_DEPTH = 64
"""Levels of arrays and objects, far more than any command has."""

EXACT = 2**53 - 1
"""The largest whole number that every reader of JSON keeps exactly."""

_FORBIDDEN = re.compile("[\x00\ud800-\udfff]")


class _KeyTwice(ValueError):
    """An object has a member twice."""


def parse(body: bytes) -> Any:
    """Return the value of a JSON body; raises the problem that names what is wrong, and nothing else."""
    text = _text(body)
    try:
        value = _DECODER.decode(text)
    except _KeyTwice as error:
        raise refused(
            "BODY_KEY_TWICE",
            f"body: expected each member once, found {error} twice",
            place="body",
            expected="each member of an object once",
            found=f"{error} twice",
        ) from error
    except (ValueError, RecursionError) as error:
        raise _not_json(error) from error
    # As many brackets as levels at least, so small bodies need no second look.
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise _not_json(RecursionError())
    # Only escapes can bring in what the text itself cannot hold.
    if "\\u" in text and (bad := list(_unusable(value, ""))):
        raise refused(
            "BODY_INVALID",
            f"{bad[0].pointer}: expected {bad[0].expected}, found {bad[0].found}",
            pointer=bad[0].pointer,
            expected=bad[0].expected,
            found=bad[0].found,
            errors=tuple(bad),
        )
    return value


def pointer(base: str, name: str | int) -> str:
    """Return the JSON pointer of a member or an element (RFC 6901)."""
    return f"{base}/{str(name).replace('~', '~0').replace('/', '~1')}"


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise refused(
            "BODY_NOT_UTF8",
            f"body: expected UTF-8, found byte 0x{body[error.start]:02x} at {error.start}",
            place=f"body, byte {error.start}",
            expected="UTF-8",
            found=f"0x{body[error.start]:02x}",
        ) from error


def _not_json(error: ValueError | RecursionError) -> ProblemError:
    place, found = "body", str(error)
    if isinstance(error, json.JSONDecodeError):
        place, found = f"body, character {error.pos}", error.msg
    elif isinstance(error, RecursionError):
        found = f"more than {MAX_DEPTH} levels"
    return refused(
        "BODY_NOT_JSON", f"{place}: expected JSON, found {found}", place=place, expected="JSON", found=found
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise _KeyTwice(repr(next(name for name, count in counts.items() if count > 1))[:80])
    return members


def _constant(word: str) -> NoReturn:
    raise ValueError(f"{word}, which JSON does not have")


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [child for item in level for child in _children(item)]:
        depth += 1
    return depth


def _children(value: Any) -> Iterable[Any]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
        case _:
            return ()


def _unusable(value: Any, at: str) -> Iterator[Violation]:
    match value:
        case str() if found := _FORBIDDEN.search(value):
            yield Violation(
                pointer=at, expected="Unicode text without U+0000", found=f"U+{ord(found[0]):04X}"
            )
        case dict():
            for name, item in value.items():
                yield from _unusable(name, at)
                yield from _unusable(item, pointer(at, name))
        case list():
            for index, item in enumerate(value):
                yield from _unusable(item, pointer(at, index))


def _number(text: str) -> float | int:
    """Return a number as JSON Schema counts it: 7.0 is whole."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) <= EXACT else value


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_number)
