"""Every artifact of an incident, in canonical bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from application.reading import RecordedFact
from projections.artifacts.artifact import Artifact
from projections.artifacts.rendering import Policies, rendering
from projections.artifacts.table import artifacts


def artifacts_of(facts: Sequence[RecordedFact], policies: Policies) -> Iterator[Artifact]:
    """Return what follows from ``facts`` of one stream; nothing where they open no incident."""
    view = rendering(facts, policies)
    return iter(()) if view is None else artifacts(view)
