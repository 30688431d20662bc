"""Words or bytes that somebody handed in, as artifacts refer to them (R-MAN-02, R-MAN-06)."""

from __future__ import annotations

from msgspec import Struct

from domain.prose import Prose
from projections.placeholder import placeholder
from projections.told import Text


class Registered(Struct, frozen=True, kw_only=True):
    """Sealed content by its ``commitment``; ``sha256`` and ``size_bytes`` are of its blob, if any.

    The blob is a ciphertext, so anybody can check that it is the one, and nobody learns what it says.
    """

    text: Text
    commitment: str
    sha256: str | None
    size_bytes: int | None


def registered(content: Prose | None) -> Registered | None:
    """Return how ``content``, which is sealed, is referred to; None where there is none."""
    if content is None or content.c is None:
        return None
    return Registered(
        text=placeholder(content),
        commitment=content.c,
        sha256=None if content.blob is None else content.blob.sha256,
        size_bytes=None if content.blob is None else content.blob.size,
    )
