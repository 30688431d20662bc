"""Texts of a message on which no identity rests: whatever of them is there is taken, nothing is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from consumers.payload import DecodeError, Json, a_text


def text_in(value: Json) -> str | None:
    """Return a string, or a number as it was written; None where there is none, or nothing in it."""
    # A plain `str`: what is sealed later is encoded, and encoders know no other text.
    return str(value) if isinstance(value, str) and value else None


def texts_in(value: Json) -> dict[str, str]:
    """Return the texts of an object by their names; empty if it is none."""
    items = value.items() if isinstance(value, Mapping) else ()
    return filled((name, text_in(item)) for name, item in items)


def filled(pairs: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """Return the pairs that have a name and a text."""
    return {name: text for name, text in pairs if name and text}


def within(value: Json, name: str) -> Json:
    """Return a member of what may be an object, None if it is not there."""
    return value.get(name) if isinstance(value, Mapping) else None


def a_name(value: Json, place: str) -> str:
    """Return ``value`` if it is a string with something in it; raises `DecodeError`."""
    text = a_text(value, place)
    if not text.strip():
        raise DecodeError("wrong-shape", place, "a string that is not empty", "an empty one")
    return text
