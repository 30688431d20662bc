"""All artifacts: which there are, and what of them an incident has (R-ART-10 to 30)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import chain

from msgspec import Struct

from domain.artifacts import MANIFEST
from projections.artifacts import (
    checklist,
    communications,
    decisions,
    execution,
    gate_reports,
    intake,
    manifest,
    mitigation_log,
    notifications,
    plan,
    recovery,
    report,
    resolution,
    rootcause,
    severity,
    signoff,
    timeline,
    traceability,
    tuning,
)
from projections.artifacts.artifact import Artifact
from projections.artifacts.content import Content
from projections.artifacts.coverage import coverage
from projections.artifacts.header import document, encoded
from projections.artifacts.rendering import Rendering
from projections.artifacts.row import Row

_MODULES = (
    intake,
    severity,
    communications,
    notifications,
    plan,
    mitigation_log,
    checklist,
    decisions,
    execution,
    recovery,
    timeline,
    resolution,
    rootcause,
    report,
    gate_reports,
    signoff,
    tuning,
)

_FROM_FACTS = tuple(
    sorted(chain.from_iterable(module.ROWS for module in _MODULES), key=lambda row: row.requirement)
)

LISTED: tuple[Row, ...] = (*_FROM_FACTS, *traceability.rows(_FROM_FACTS))
"""Every artifact that a manifest may list, in the order of the requirements."""


def _manifest(rendering: Rendering) -> Content:
    made = tuple(_made(rendering))
    return manifest.content(rendering, coverage(rendering, LISTED, made), made)


MANIFEST_ROW = Row(
    requirement="R-ART-27",
    name=MANIFEST,
    artifact_id="evidence-manifest",
    step="4.3",
    consumers=("audit", "governance"),
    required=False,
    render=_manifest,
    metrics=manifest.ManifestMetrics,
    data=manifest.ManifestData,
)
"""The manifest, which is made of all others and lists all but itself (R-MAN-03)."""

TABLE: tuple[Row, ...] = (*LISTED, MANIFEST_ROW)
"""Every artifact that is rendered; the manifest comes last."""

BY_NAME: Mapping[str, Row] = {name: row for row in TABLE for name in (row.name, row.artifact_id)}
"""Artifacts by file name and by label."""


class Manifest(Struct, frozen=True, kw_only=True):
    """A manifest as its seal speaks of it: ``listed`` of ``required``, and what is ``missing``."""

    data: bytes
    sha256: str
    listed: int
    required: int
    missing: tuple[str, ...]


def artifacts(rendering: Rendering) -> Iterator[Artifact]:
    """Yield what an incident has, in the order of the table; each is rendered once."""
    made: list[Artifact] = []
    for artifact in _made(rendering):
        made.append(artifact)
        yield artifact
    yield Artifact(row=MANIFEST_ROW, data=evidence_manifest(rendering, made).data)


def evidence_manifest(rendering: Rendering, made: Sequence[Artifact] | None = None) -> Manifest:
    """Return the manifest of an incident; ``made`` are its other artifacts, if they are there already."""
    others = tuple(_made(rendering)) if made is None else made
    covered = coverage(rendering, LISTED, others)
    data = encoded(MANIFEST_ROW, rendering, manifest.content(rendering, covered, others))
    return Manifest(
        data=data,
        sha256=sha256(data).hexdigest(),
        listed=covered.present,
        required=covered.required,
        missing=covered.missing,
    )


def artifact(name: str, rendering: Rendering) -> bytes | None:
    """Return the canonical bytes of the artifact with a file name or label, None while there are none.

    Raises KeyError where there is no such artifact at all.
    """
    return document(BY_NAME[name], rendering)


def _made(rendering: Rendering) -> Iterator[Artifact]:
    for row in LISTED:
        data = document(row, rendering)
        if data is not None:
            yield Artifact(row=row, data=data)
