"""One row a format: who speaks it, how it is recorded, what reads it, and which headers belong to it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from consumers.message import Decode
from domain.mapping import Mapping


class Format(Struct, frozen=True, kw_only=True):
    """A format: ``name`` is the path segment and the source's name unless configured otherwise.

    Where a tool speaks two formats, ``source`` is the name by which both tell of the same conditions.
    ``version`` is recorded with each delivery; ``headers`` (lower case), and those that begin with one of
    ``prefixes``, are kept with it beside those that are always kept. A format that does not say what its
    messages mean has ``mapped``, which makes a decoder of a mapping that does. One whose senders write a key
    into their messages has ``clean``, which masks it.
    """

    name: str
    version: str
    decode: Decode
    headers: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    mapped: Callable[[Mapping], Decode] | None = None
    source: str | None = None
    clean: Callable[[bytes], bytes] | None = None
