"""Every artifact of an incident, in canonical bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from application.reading import RecordedFact
from projections.artifacts.rendering import Policies, rendering
from projections.artifacts.table import artifacts


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """Where an artifact lies in its incident's folder, and its canonical bytes."""

    path: str
    data: bytes


def artifacts_of(facts: Sequence[RecordedFact], policies: Policies) -> Iterator[Artifact]:
    """Yield what follows from ``facts`` of one stream; nothing where they open no incident."""
    view = rendering(facts, policies)
    for found in () if view is None else artifacts(view):
        yield Artifact(path=found.row.path, data=found.data)
