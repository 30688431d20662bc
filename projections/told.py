"""Sealed text as a field of a view: a placeholder in canonical views, its words in those for readers.

A view marks such fields by their types, `Text` and `Texts`, so that revealing touches nothing else: a
code that happens to look like a placeholder stays what it is. What was sealed as one list is `Texts`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from msgspec import Meta, Struct
from msgspec.structs import replace

from domain.prose import Prose
from projections.placeholder import OPEN, placeholder, reveal

T = TypeVar("T")

TEXT = "text"
"""The key under which a field says that it holds sealed text."""

Text = Annotated[str, Meta(extra={TEXT: True}, description="Sealed text: `⟦sealed:…⟧` where it is withheld.")]
Texts = tuple[Text, ...]

Known = Mapping[str, str | tuple[str, ...]]
"""What was sealed, by the short commitment that a placeholder names."""

_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
_HARMLESS = {"\n", "\t", "\u200c", "\u200d"}


def words(value: object) -> str | tuple[str, ...] | None:
    """Return what was sealed as it can be shown: a text or a list of texts; None where it is neither."""
    if isinstance(value, list):
        return tuple(item for item in value if isinstance(item, str))
    return value if isinstance(value, str) else None


def text(part: Prose) -> str:
    """Return the canonical form of sealed text."""
    return placeholder(part)


def optional_text(part: Prose | None) -> str | None:
    """Return the canonical form of sealed text, None where nothing was said."""
    return None if part is None else placeholder(part)


def texts(part: Prose | None) -> Texts:
    """Return the canonical form of a list that was sealed as one value."""
    return () if part is None else (placeholder(part),)


def revealed(view: T, known: Known) -> T:
    """Return ``view`` with the words of `Text` and `Texts` in their places, as far as they are known."""
    if isinstance(view, Struct):
        fields = _fields(type(view)).items()
        return replace(view, **{name: _changed(getattr(view, name), kind, known) for name, kind in fields})
    if isinstance(view, tuple):
        return tuple(revealed(item, known) for item in view)  # type: ignore[return-value]  # T is a tuple here
    return view


def guarded(view: T) -> T:
    """Return ``view`` with ``⟦`` doubled in all but `Text` and `Texts`: no code passes for sealed text."""
    match view:
        case Struct():
            return replace(view, **{name: _guarded(view, name) for name in view.__struct_fields__})
        case str():
            return view.replace(OPEN, OPEN * 2)  # type: ignore[return-value]  # T is a string here
        case tuple():
            return tuple(guarded(item) for item in view)  # type: ignore[return-value]  # T is a tuple here
        case Mapping():
            return {key: guarded(item) for key, item in view.items()}  # type: ignore[return-value]  # likewise
        case _:
            return view


def exact(words: str) -> str:
    """Return foreign ``words`` as they are, lines and blanks too, without what cannot be seen."""
    return "".join(map(_visible, words)).replace(OPEN, OPEN * 2)


def _guarded(view: Struct, name: str) -> Any:
    kind, value = _fields(type(view)).get(name), getattr(view, name)
    return value if kind in (TEXT, "texts") else guarded(value)


def _changed(value: Any, kind: str, known: Known) -> Any:
    if value is None or kind == "deep":
        return revealed(value, known)
    return tuple(_each(value, known)) if kind == "texts" else _one(value, known)


def _each(parts: Iterable[str], known: Known) -> Iterator[str]:
    for part in parts:
        found = known.get(part.removeprefix(f"{OPEN}sealed:").removesuffix("⟧"))
        yield from map(exact, found) if isinstance(found, tuple) else (_one(part, known),)


def _one(part: str, known: Known) -> str:
    return reveal(part, {key: words for key, words in known.items() if isinstance(words, str)}, exact)


def _visible(char: str) -> str:
    return "\ufffd" if unicodedata.category(char) in _INVISIBLE and char not in _HARMLESS else char


@cache
def _fields(kind: type[Struct]) -> Mapping[str, str]:
    """Return the fields of a type that may hold sealed text, each with how it does."""
    hints = get_type_hints(kind, include_extras=True)
    found = {name: _kind(hints[name]) for name in kind.__struct_fields__}
    return {name: how for name, how in found.items() if how is not None}


def _kind(hint: Any) -> str | None:
    if get_origin(hint) is Annotated:
        return (
            TEXT if any(isinstance(m, Meta) and (m.extra or {}).get(TEXT) for m in get_args(hint)) else None
        )
    parts = [_kind(part) for part in get_args(hint)]
    if TEXT in parts:
        return "texts" if get_origin(hint) is tuple else TEXT
    is_struct = isinstance(hint, type) and issubclass(hint, Struct)
    return "deep" if is_struct or any(parts) else None
