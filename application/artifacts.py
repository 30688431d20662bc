"""Every artifact of an incident, and the copy of it that people read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from application.reading import RecordedFact
from projections.artifacts.rendering import Policies, rendering
from projections.artifacts.table import artifacts
from projections.markdown import reveal_markdown
from projections.placeholder import one_line, reveal


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """Where an artifact lies in its incident's folder, and its canonical bytes."""

    path: str
    data: bytes


def artifacts_of(facts: Sequence[RecordedFact], policies: Policies) -> Iterator[Artifact]:
    """Yield what follows from ``facts`` of one stream; nothing where they open no incident."""
    view = rendering(facts, policies)
    for found in () if view is None else artifacts(view):
        yield Artifact(path=found.row.path, data=found.data)


def readable(artifact: Artifact, texts: Mapping[str, str]) -> bytes:
    """Return an artifact with ``texts`` in the places of their commitments, each safe where it stands."""
    document = artifact.data.decode()
    if artifact.path.endswith(".md"):
        return reveal_markdown(document, texts).encode()
    return reveal(document, texts, _in_json).encode()


def _in_json(text: str) -> str:
    return msgspec.json.encode(one_line(text))[1:-1].decode()
