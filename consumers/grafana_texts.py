"""Texts as Grafana writes them, in either shape of its messages."""

from __future__ import annotations

from collections.abc import Mapping

from consumers.macros import filled_in
from consumers.payload import Json
from consumers.texts import filled, text_in, texts_in

_NOTHING = frozenset({"[no value]", "<no value>"})
"""What its templates make of a variable that has no value."""


def given(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the texts that say something: not empty, and no variable left without a value.

    A label's template that fails is sent as it is, and "no value" in it names no service.
    """
    return filled((name, filled_in(text)) for name, text in texts.items() if text.strip() not in _NOTHING)


def absolute(value: Json) -> str | None:
    """Return a link that leads somewhere from here; a relative one, as ``?orgId=1``, does not."""
    text = text_in(value) or ""
    return text if text.startswith(("http://", "https://")) else None


def values_text(value: Json) -> str | None:
    """Return the numbers of an alert by their names, as written."""
    return ", ".join(f"{name} = {number}" for name, number in texts_in(value).items()) or None
