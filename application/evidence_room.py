"""All the evidence of an incident at a moment: artifacts, files, manifests, and what follows from what."""

from __future__ import annotations

import msgspec

from application.artifact_files import ArtifactsView, listed
from application.calling import called_in
from application.engine import Engine
from application.evidence import NamedBlob, named_blobs
from application.incident_views import EvidenceView, evidence
from application.past import NOW, At, past_facts
from application.views import IncidentView, incident_from
from domain.archive.facts import EvidenceBundleSealed, EvidenceManifestSealed, ReviewerSignedOff
from domain.artifacts import MANIFEST, TRACEABILITY
from domain.recorded import Recorded
from projections.artifacts.artifact import Artifact
from projections.artifacts.coverage import Coverage
from projections.artifacts.rendering import rendering
from projections.artifacts.row import Row
from projections.artifacts.table import BY_NAME, artifacts
from projections.artifacts.traceability import Trace
from projections.names import Names


class Covered(msgspec.Struct, frozen=True):
    """Of a manifest as JSON: what it covers, and the revision that the next seal would be."""

    coverage: Coverage
    revision: int


class _Manifest(msgspec.Struct, frozen=True):
    data: Covered


class _Traces(msgspec.Struct, frozen=True):
    traces: tuple[Trace, ...]


class _Matrix(msgspec.Struct, frozen=True):
    data: _Traces


class EvidenceRoom(msgspec.Struct, frozen=True, kw_only=True):
    """What an incident has as of a version, of ``newest`` that it has now.

    ``missing`` are required artifacts that are not there, ``broken`` pieces of evidence whose bytes do not
    hold; ``sealed`` manifests, the last one last; ``bundle`` as it was sealed, None before.
    """

    incident: IncidentView
    newest: int
    artifacts: ArtifactsView
    missing: tuple[Row, ...]
    broken: tuple[str, ...]
    covered: Covered
    pieces: EvidenceView
    files: tuple[NamedBlob, ...]
    sealed: tuple[Recorded[EvidenceManifestSealed], ...]
    reviews: tuple[Recorded[ReviewerSignedOff], ...]
    bundle: Recorded[EvidenceBundleSealed] | None
    traces: tuple[Trace, ...]
    names: Names


def evidence_room(engine: Engine, stream: str, at: At = NOW) -> EvidenceRoom | None:
    """Return the evidence of an incident, None where it was not yet open."""
    facts = past_facts(engine, stream, at)
    view, glance = rendering(facts, engine.shelf.get), incident_from(engine, stream, facts)
    pieces = evidence(engine, stream, at)
    if view is None or glance is None or pieces is None:
        return None
    made = {item.row.name: item for item in artifacts(view)}
    found = listed(engine, view, tuple(made.values()))
    # The newest version of a file's fact may be later than the moment that is asked for.
    files = tuple(item for item in named_blobs(engine.store, stream) if item.version <= glance.version)
    bundles, reviews = view.of(EvidenceBundleSealed), view.of(ReviewerSignedOff)
    return EvidenceRoom(
        incident=glance,
        newest=past_facts(engine, stream, NOW)[-1].version,
        artifacts=found,
        missing=tuple(BY_NAME[name] for name in found.missing if name in BY_NAME),
        broken=tuple(name for name in found.missing if name not in BY_NAME),
        covered=msgspec.json.decode(made[MANIFEST].data, type=_Manifest).data,
        pieces=pieces,
        files=files,
        sealed=view.of(EvidenceManifestSealed),
        reviews=reviews,
        bundle=bundles[-1] if bundles else None,
        traces=_traces(made.get(TRACEABILITY)),
        names=called_in(
            engine, glance, pieces, [item.by for item in files], [item.authid for item in reviews]
        ),
    )


def _traces(matrix: Artifact | None) -> tuple[Trace, ...]:
    return () if matrix is None else msgspec.json.decode(matrix.data, type=_Matrix).data.traces
