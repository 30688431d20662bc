"""Text at the edge: normalised once, and foreign words made fit to be codes (design 3)."""

from __future__ import annotations

import unicodedata
from typing import TypeVar

import msgspec
from msgspec import Struct

S = TypeVar("S", bound=Struct)

CODE_LIMIT = 256
_UNSAFE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def nfc(command: S) -> S:
    """Return ``command`` with every string in NFC; raises `msgspec.ValidationError` if a limit then breaks.

    Called once, at the edge: nothing downstream checks or changes normalisation.
    """
    return msgspec.convert(_nfc(msgspec.to_builtins(command)), type(command))


def code(text: str) -> str:
    """Return foreign ``text`` as a code: one line, no invisible characters, at most 256 characters."""
    clean = "".join("�" if unicodedata.category(char) in _UNSAFE else char for char in text[: CODE_LIMIT + 1])
    return clean if len(clean) <= CODE_LIMIT else clean[: CODE_LIMIT - 1] + "…"


def _nfc(value: object) -> object:
    match value:
        case str():
            return unicodedata.normalize("NFC", value)
        case list() | tuple():
            return [_nfc(item) for item in value]
        case dict():
            return {key: _nfc(item) for key, item in value.items()}
        case _:
            return value
