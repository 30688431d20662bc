"""Text that belongs to people: sealed before it is stored, never read by a rule (R-EVT-04, design 3).

A `Prose` is in exactly one of three states. *Clear* lives in memory only, between the command and
the vault. *Sealed* and *blob* are references and are all that a stored fact ever holds:
``{"sealed":{"c","kid"}}`` or ``{"blob":{"c","kid","sha256","size"}}``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_type_hints

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from domain.classified import Count, Hash, Id, Short

T = TypeVar("T")


class SealedRef(Struct, frozen=True, kw_only=True):
    """A commitment ``c`` to a value in the vault, encrypted under data key ``kid``."""

    c: Hash
    kid: Short


class BlobRef(Struct, frozen=True, kw_only=True):
    """A commitment ``c`` to bytes in the blob store; ``sha256`` and ``size`` are the ciphertext's."""

    c: Hash
    kid: Short
    sha256: Hash
    size: Count


class Prose(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value that only readers with a right to it see: clear in memory, a reference in a fact.

    ``clear`` is any JSON value without fractions (mostly a string); ``subject`` names the person
    it is about, so that the vault can choose the data key, and is not stored either.
    """

    clear: Any | UnsetType = UNSET
    sealed: SealedRef | None = None
    blob: BlobRef | None = None
    subject: Id | None = None

    def __post_init__(self) -> None:
        """Hold the one invariant: clear, sealed or blob, and only one of them."""
        given = (self.clear is not UNSET) + (self.sealed is not None) + (self.blob is not None)
        if given != 1:
            raise ValueError(f"prose: expected exactly one of clear, sealed, blob, found {given}")

    @property
    def is_reference(self) -> bool:
        """Whether this is what a stored fact may hold."""
        return self.clear is UNSET and self.subject is None

    @property
    def c(self) -> str | None:
        """The commitment, hexadecimal; None while the value is clear."""
        reference = self.sealed or self.blob
        return None if reference is None else reference.c


Filed = Annotated[Prose, Meta(extra={"filed": True})]
"""Prose whose blob is a file: kept and compared, and read by nobody but who asks for that file."""


def prose(value: object, subject: str | None = None) -> Prose:
    """Return ``value`` as prose that the vault has still to seal."""
    return Prose(clear=value, subject=subject)


def optional_prose(value: object | None) -> Prose | None:
    """Return ``value`` as prose, or None where nothing was said."""
    return None if value is None else prose(value)


def proses(value: object) -> Iterator[Prose]:
    """Yield every `Prose` inside a fact, in the order of its fields."""
    if isinstance(value, Prose):
        yield value
    elif isinstance(value, Struct):
        for name in _may_hold(type(value)):
            yield from proses(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from proses(item)


def texts(value: object) -> Iterator[Prose]:
    """Yield every `Prose` inside a fact that is to be read as text or as a value: all but files."""
    if isinstance(value, Prose):
        yield value
    elif isinstance(value, Struct):
        files = _files(type(value))
        for name in _may_hold(type(value)):
            part = getattr(value, name)
            if name not in files or (isinstance(part, Prose) and part.blob is None):
                yield from texts(part)
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item)


@cache
def _files(kind: type[Struct]) -> frozenset[str]:
    """Return the fields of a type that are `Filed`."""
    hints = get_type_hints(kind, include_extras=True)
    return frozenset(
        name for name in kind.__struct_fields__ if Filed in (hints[name], *get_args(hints[name]))
    )


@cache
def _may_hold(kind: type[Struct]) -> tuple[str, ...]:
    """Return the fields of a type that may hold prose: most hold codes, and this runs for every fact."""
    hints = get_type_hints(kind)
    return tuple(name for name in kind.__struct_fields__ if _mentions(hints[name]))


def _mentions(hint: object) -> bool:
    parts = get_args(hint)
    return any(map(_mentions, parts)) if parts else not _is_scalar(hint)


def _is_scalar(hint: object) -> bool:
    # Whatever is not known to be free of prose is looked into.
    return isinstance(hint, str | int) or hint in (str, int, bool, type(None), ...)


def map_prose(value: T, change: Callable[[Prose], Prose]) -> T:
    """Return the same fact with ``change`` applied to each `Prose` in it, in the order of its fields."""
    if isinstance(value, Prose):
        return change(value)  # type: ignore[return-value]  # T is Prose here; mypy cannot narrow a TypeVar
    if isinstance(value, Struct):
        changed = {name: map_prose(getattr(value, name), change) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **changed)
    if isinstance(value, tuple):
        return tuple(map_prose(item, change) for item in value)  # type: ignore[return-value]  # as above
    return value
