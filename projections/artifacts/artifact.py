"""An artifact that an incident has."""

from __future__ import annotations

from msgspec import Struct

from projections.artifacts.row import Row


class Artifact(Struct, frozen=True, kw_only=True):
    """Its row in the table and its canonical bytes."""

    row: Row
    data: bytes
