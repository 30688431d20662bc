"""Sealed text in canonical bytes: ``⟦sealed:`` + 16 hex of its commitment + ``⟧`` (design 7).

``⟦`` in any other text is doubled, so a placeholder cannot be forged, and stays doubled in readable
copies, so revealing can be done in several steps. Everything printed here is one line: a foreign
text cannot start a line of its own, nor turn the writing direction.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from domain.prose import Prose
from domain.sentence import Foreign, Sentence

OPEN = "⟦"
_TOKEN = re.compile("⟦⟦|⟦sealed:([0-9a-f]{16})⟧")
_BLANK = re.compile(r"\s+")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_JOINERS = {"\u200c", "\u200d"}  # harmless, and several scripts and emoji need them


def short(c: str) -> str:
    """Return the 16 hexadecimal digits by which a placeholder names commitment ``c``."""
    return c[:16]


def placeholder(text: Prose) -> str:
    """Return the placeholder of sealed ``text``; raises ValueError while it is clear."""
    if text.c is None:
        raise ValueError("placeholder: expected sealed text, found clear text")
    return f"{OPEN}sealed:{short(text.c)}⟧"


def mentioned(text: str) -> frozenset[str]:
    """Return the short commitments of all placeholders in canonical ``text``."""
    return frozenset(found for found in _TOKEN.findall(text) if found)


def one_line(text: str) -> str:
    """Return foreign ``text`` as one line: white space becomes single spaces, what is invisible U+FFFD."""
    return "".join(map(_visible, _BLANK.sub(" ", text).strip())).replace(OPEN, OPEN * 2)


def plain(sentence: Sentence) -> str:
    """Return the canonical text of ``sentence``."""
    return "".join(map(_part, sentence))


def reveal(text: str, disclosed: Mapping[str, str], clean: Callable[[str], str] = one_line) -> str:
    """Return canonical ``text`` with the disclosed values (by `short` commitment) in their places.

    A placeholder without a value stays. ``clean`` makes a value safe for where the text goes.
    """

    def value(found: re.Match[str]) -> str:
        key = found.group(1)
        return found.group(0) if key is None or key not in disclosed else clean(disclosed[key])

    return _TOKEN.sub(value, text)


def _part(part: str | Foreign | Prose) -> str:
    match part:
        case Prose():
            return placeholder(part)
        case Foreign(text):
            return one_line(text)
        case _:
            return part


def _visible(char: str) -> str:
    return "\ufffd" if unicodedata.category(char) in _INVISIBLE and char not in _JOINERS else char
