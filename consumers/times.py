"""Times as monitoring tools write them, as RFC 3339 text that loses nothing (design 8).

A time that is RFC 3339 already is kept exactly as written: it is part of an episode's identity.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from consumers.payload import DecodeError, Json, a_text, kind
from domain.moment import nanoseconds

EXPECTED = "an RFC 3339 time of 1970 to 2999"
UNITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
"""Unit of a number since 1970 -> how many decimals of a second it has."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OFFSET = re.compile(r"([+-][0-9]{2})([0-9]{2})$")
_SPACE = re.compile(r"^([0-9]{4}-[0-9]{2}-[0-9]{2}) ")
_NUMBER = re.compile(r"([0-9]{1,20})(?:\.([0-9]{1,9}))?")


def a_time(value: Json, place: str) -> str:
    """Return a time as written if it is RFC 3339; an offset without a colon gets one, a space becomes a T.

    Raises `DecodeError`.
    """
    text = a_text(value, place)
    return checked(_SPACE.sub(r"\1T", _OFFSET.sub(r"\1:\2", text)), place)


def checked(text: str, place: str) -> str:
    """Return ``text`` if it is RFC 3339 of the years 1970 to 2999; raises `DecodeError`."""
    try:
        nanoseconds(text)
    except ValueError as error:
        raise DecodeError("time-invalid", place, EXPECTED, text) from error
    return text


def since_1970(value: Json, place: str, unit: str = "s") -> str:
    """Return the time that is a number of ``unit`` (`UNITS`) since 1970, written as number or as text.

    Exact to the nanosecond; raises `DecodeError`.
    """
    found = _NUMBER.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise DecodeError("time-invalid", place, f"a number of {unit} since 1970", kind(value))
    decimals = UNITS[unit]
    total = int(found[1]) * 10 ** (9 - decimals) + int((found[2] or "").ljust(9, "0")[: 9 - decimals] or "0")
    seconds, rest = divmod(total, 1_000_000_000)
    return checked(_utc(seconds, rest, place), place)


def _utc(seconds: int, rest: int, place: str) -> str:
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError as error:
        raise DecodeError("time-invalid", place, EXPECTED, str(seconds)) from error
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{fraction}Z"
