"""The artifacts of an incident as readers get them: which there are, and each in canonical bytes or readable.

Rendered when asked for, at any version or recorded time, so the past is made by the code that makes the
present (design 7).
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import msgspec

from application.engine import Engine
from application.names import names_in
from application.past import NOW, At, opened, past_facts
from application.reading import RecordedFact
from domain.gates.facts import Gate
from projections.artifacts.artifact import Artifact
from projections.artifacts.copies import readable as readable_copy
from projections.artifacts.coverage import coverage
from projections.artifacts.renderer import RENDERER
from projections.artifacts.rendering import Rendering, rendering
from projections.artifacts.table import BY_NAME, LISTED, artifact, artifacts


class ArtifactShown(msgspec.Struct, frozen=True, kw_only=True):
    """One artifact; hash and size are of its canonical bytes, which are the same for every reader."""

    name: str
    path: str
    artifact_id: str
    step: str
    gate: Gate | None
    consumers: tuple[str, ...]
    media_type: str
    required: bool
    sha256: str
    size_bytes: int


class ArtifactsView(msgspec.Struct, frozen=True, kw_only=True):
    """What an incident has at ``version``; ``missing`` is what a manifest of it would lack."""

    incident: str
    number: str
    version: int
    renderer: int
    artifacts: tuple[ArtifactShown, ...]
    missing: tuple[str, ...]


class ArtifactFile(msgspec.Struct, frozen=True, kw_only=True):
    """One artifact as a file, as of ``version``."""

    media_type: str
    version: int
    data: bytes


def is_artifact(name: str) -> bool:
    """Return whether there is an artifact with this file name or label, be it in another incident."""
    return name in BY_NAME


def artifact_list(engine: Engine, stream: str, at: At = NOW) -> ArtifactsView | None:
    """Return the artifacts of an incident, None where it was not yet open."""
    view = _view(engine, past_facts(engine, stream, at))
    return None if view is None else listed(engine, view, tuple(artifacts(view)))


def listed(engine: Engine, view: Rendering, made: Sequence[Artifact]) -> ArtifactsView:
    """Return the list of the artifacts ``made`` of an incident."""
    stream = view.last.stream
    return ArtifactsView(
        incident=stream,
        number=engine.index.number(stream),
        version=view.last.version,
        renderer=RENDERER,
        artifacts=tuple(map(_shown, made)),
        missing=coverage(view, LISTED, made).missing,
    )


def _shown(item: Artifact) -> ArtifactShown:
    return ArtifactShown(
        name=item.row.name,
        path=item.row.path,
        artifact_id=item.row.artifact_id,
        step=item.row.step,
        gate=item.row.gate,
        consumers=item.row.consumers,
        media_type=item.row.media_type,
        required=item.row.required,
        sha256=sha256(item.data).hexdigest(),
        size_bytes=len(item.data),
    )


def artifact_file(
    engine: Engine, stream: str, name: str, at: At = NOW, *, readable: bool = False
) -> ArtifactFile | None:
    """Return an artifact by file name or label: canonical bytes, or the readable copy made from them.

    None where it was not there yet; raises KeyError where there is no such artifact at all.
    """
    row, facts = BY_NAME[name], past_facts(engine, stream, at)
    view = _view(engine, facts)
    data = None if view is None else artifact(name, view)
    if data is None:
        return None
    if readable:
        data = readable_copy(row.path, data, opened(engine, facts), names_in(engine, facts))
    return ArtifactFile(media_type=row.media_type, version=facts[-1].version, data=data)


def _view(engine: Engine, facts: tuple[RecordedFact, ...]) -> Rendering | None:
    return rendering(facts, engine.shelf.get)
