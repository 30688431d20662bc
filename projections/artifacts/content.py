"""What one artifact says, before the header that all of them share is put around it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

Plain = str | int | bool | None | Struct | Mapping[str, "Plain"] | tuple["Plain", ...]
"""What canonical JSON can say, with structs for objects whose fields are fixed."""


class Content(Struct, frozen=True, kw_only=True):
    """Status, numbers and data of an artifact; ``body`` is the Markdown below the header.

    Sealed text is in fields of type `projections.told.Text`, as a placeholder.
    """

    status: str
    metrics: Struct | Mapping[str, Plain] = {}
    data: Struct | Mapping[str, Plain] = {}
    body: str = ""
