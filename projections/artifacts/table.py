"""All artifacts: which there are, and what of them an incident has (R-ART-10 to 30)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from msgspec import Struct

from projections.artifacts import (
    checklist,
    communications,
    decisions,
    execution,
    gate_reports,
    intake,
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
    tuning,
)
from projections.artifacts.header import document
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

TABLE: tuple[Row, ...] = tuple(
    sorted(chain.from_iterable(module.ROWS for module in _MODULES), key=lambda row: row.requirement)
)
"""Every artifact that is rendered, in the order of the requirements."""

BY_NAME: Mapping[str, Row] = {name: row for row in TABLE for name in (row.name, row.artifact_id)}
"""Artifacts by file name and by label."""


class Artifact(Struct, frozen=True, kw_only=True):
    """An artifact that an incident has, in canonical bytes."""

    row: Row
    data: bytes


def artifacts(rendering: Rendering) -> Iterator[Artifact]:
    """Yield what an incident has, in the order of the table."""
    for row in TABLE:
        data = document(row, rendering)
        if data is not None:
            yield Artifact(row=row, data=data)


def artifact(name: str, rendering: Rendering) -> bytes | None:
    """Return the canonical bytes of the artifact with a file name or label, None while there are none.

    Raises KeyError where there is no such artifact at all.
    """
    return document(BY_NAME[name], rendering)
