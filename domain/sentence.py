"""What a sentence is made of: our own words, foreign words, and references to sealed text.

A sentence is a function of the fact, never of a sealed value: it names the `Prose` and leaves the
place open. Foreign words are marked, so that whoever prints them escapes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

from domain.classified import Category
from domain.prose import Prose


class Foreign(Struct, frozen=True):
    """Words of somebody else, to be escaped wherever they are printed."""

    text: str


Sentence = tuple[str | Foreign | Prose, ...]
"""Our own words, foreign words and references to sealed text, in order, separated by nothing."""


class Row(Struct, frozen=True, kw_only=True):
    """What one fact type is in words. ``say`` takes the fact and the principal who stands behind it."""

    say: Callable[[Any, str], Sentence]
    category: Category
    step: str
    artifacts: tuple[str, ...]


def told(words: str, text: Prose | None) -> Sentence:
    """Return sealed ``text`` after ``words``, nothing where there is none."""
    return () if text is None else (words, text)


def named(words: str, name: str | None) -> Sentence:
    """Return a foreign ``name`` after ``words``, nothing where there is none."""
    return () if name is None else (words, Foreign(name))


def listed(names: Iterable[str], nothing: str = "none") -> Sentence:
    """Return foreign names with commas between them."""
    parts: list[str | Foreign | Prose] = []
    for name in names:
        parts += [", ", Foreign(name)] if parts else [Foreign(name)]
    return tuple(parts) or (nothing,)
