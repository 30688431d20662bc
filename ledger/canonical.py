r"""Canonical JSON: every value has one spelling, so equal values have equal hashes (design section 3).

UTF-8, keys sorted, no white space; keys are ``[a-z0-9_]+``; integers within 2^53 and no other numbers; at
most 64 arrays and objects deep; text is valid Unicode, escaped as ``\" \\ \b \f \n \r \t`` and ``\u00xx``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, TypeAlias

import orjson

from ledger.errors import IntegrityError
from ledger.strict import shown

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"

MAX_DEPTH: Final = 64
MAX_INTEGER: Final = 2**53 - 1

_KEY_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789_"
_PLAIN = frozenset({str, bool, type(None)})
_NESTED = frozenset({dict, list, tuple})


def encode(value: object, place: str = "value") -> bytes:
    """Return the one spelling of a plain JSON value (tuples count as arrays), or raise `IntegrityError`."""
    _check_plain(value, place)
    return _spell(value, place)


def decode(data: bytes, place: str) -> Json:
    """Return the value that ``data`` is the one spelling of, or raise `IntegrityError`.

    ``encode(decode(data)) == data``: duplicate keys, white space, floats and the like are all refused.
    """
    try:
        value: Json = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise IntegrityError(place, "canonical JSON", f"{error.msg} at character {error.pos}") from error
    _check_plain(value, place)
    if (spelled := _spell(value, place)) != data:
        raise IntegrityError(place, "canonical JSON", _first_difference(spelled, data))
    return value


def _check_plain(value: object, place: str) -> None:
    if type(value) not in _NESTED or not _is_plain(value, MAX_DEPTH - 1):
        _check(value, place, 0)


def _is_plain(value: Any, levels: int) -> bool:
    """Return whether an array or object keeps the rules: `_check` without places, several times as fast."""
    if type(value) is dict:
        if not _are_keys(tuple(value)):
            return False
        value = value.values()
    for item in value:
        kind = type(item)
        if kind is str:
            continue
        if kind is dict or kind is list or kind is tuple:
            if not levels or not _is_plain(item, levels - 1):
                return False
        elif kind not in _PLAIN and not (kind is int and -MAX_INTEGER <= item <= MAX_INTEGER):
            return False
    return True


# The facts of one type have the same keys, and so have the references in them.
@lru_cache(maxsize=512)
def _are_keys(keys: tuple[object, ...]) -> bool:
    return all(type(key) is str and key and not key.strip(_KEY_CHARACTERS) for key in keys)


def _spell(value: object, place: str) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise IntegrityError(place, "text in valid Unicode", str(error)) from error


def _check(value: object, place: str, depth: int) -> None:
    # Exact types: a subclass could spell itself in ways of its own.
    kind = type(value)
    if kind in _PLAIN:
        return
    if kind is int:
        _check_integer(value, place)
    elif depth == MAX_DEPTH:
        raise IntegrityError(place, f"at most {MAX_DEPTH} levels", "more")
    elif isinstance(value, dict) and kind is dict:
        _check_members(value, place, depth + 1)
    elif isinstance(value, list | tuple) and kind in (list, tuple):
        for index, item in enumerate(value):
            if type(item) not in _PLAIN:
                _check(item, f"{place}[{index}]", depth + 1)
    else:
        raise IntegrityError(place, "a plain JSON value, and an integer if a number", shown(value))


def _check_members(members: dict[object, object], place: str, depth: int) -> None:
    for key, item in members.items():
        # What strip leaves over starts with a character that no key may have.
        if type(key) is not str or not key or key.strip(_KEY_CHARACTERS):
            raise IntegrityError(place, "keys of a-z, 0-9 and _", shown(key))
        if type(item) not in _PLAIN:
            _check(item, f"{place}.{key}", depth)


def _check_integer(value: object, place: str) -> None:
    if not isinstance(value, int) or not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise IntegrityError(place, "an integer within 2^53", shown(value))


def _first_difference(expected: bytes, found: bytes) -> str:
    pairs = enumerate(zip(expected, found, strict=False))
    offset = next((i for i, (a, b) in pairs if a != b), min(len(expected), len(found)))
    return f"{shown(found[offset : offset + 20])} at byte {offset}"
