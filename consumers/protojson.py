"""Protocol Buffers as JSON (protobuf.dev/programming-guides/json), as far as Alertmanager's events need it.

A member goes by the name that the JSON mapping makes of it or by the schema's own; one that has its
type's default is left out; a 64-bit number is written as a string.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from consumers.alertmanager import sort_pairs
from consumers.payload import DecodeError, Json, a_text, an_array, an_object, kind
from domain.signal import Pairs

_DIGITS = re.compile("[0-9]{1,20}")
_MAX = 2**64 - 1


def member(message: Mapping[str, Json], name: str) -> Json:
    """Return the member that the schema calls ``name``, None if it is left out."""
    camel = camel_case(name)
    return message[camel] if camel in message else message.get(name)


def camel_case(name: str) -> str:
    """Return what the JSON mapping makes of a schema's name."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def an_object_in(message: Mapping[str, Json], name: str, place: str) -> Mapping[str, Json]:
    """Return a member that is an object; raises `DecodeError`."""
    return an_object(member(message, name), within(place, name))


def objects_in(message: Mapping[str, Json], name: str, place: str) -> list[tuple[Json, str]]:
    """Return the items of a repeated member with their places; none if it is left out."""
    value, where = member(message, name), within(place, name)
    items = [] if value is None else an_array(value, where)
    return [(item, f"{where}[{i}]") for i, item in enumerate(items)]


def within(place: str, name: str) -> str:
    """Return the place of a member of what is at ``place``."""
    return f"{place}.{camel_case(name)}"


def an_unsigned(value: Json, place: str) -> int:
    """Return an unsigned number of 64 bits, written as a number or as text; raises `DecodeError`."""
    if isinstance(value, str) and _DIGITS.fullmatch(value) and int(value) <= _MAX:
        return int(value)
    raise DecodeError("wrong-shape", place, "a whole number of at most 64 bits", kind(value))


def a_string_map(value: Json, place: str) -> Pairs:
    """Return a map of strings as sorted pairs, be it a map (events v2) or a list of pairs in ``labels`` (v1).

    Left out means empty. Raises `DecodeError`, also for a name that is there twice.
    """
    if value is None:
        return ()
    found = an_object(value, place)
    inner = found.get("labels")
    if isinstance(inner, list):
        return _listed(inner, within(place, "labels"))
    # By number, not by name: a place is stated in clear, and a name is the sender's text.
    return sort_pairs((name, a_text(found[name], f"{place}[{i}]")) for i, name in enumerate(found))


def _listed(items: list[Json], place: str) -> Pairs:
    pairs = dict(_pair(item, f"{place}[{i}]") for i, item in enumerate(items))
    if len(pairs) < len(items):
        raise DecodeError("duplicate-key", place, "each name once", "one twice")
    return sort_pairs(pairs.items())


def _pair(item: Json, place: str) -> tuple[str, str]:
    pair = an_object(item, place)
    key = a_text(pair.get("key"), f"{place}.key")
    return key, a_text(pair.get("value", ""), f"{place}.value")
