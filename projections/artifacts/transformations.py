"""What was made of what: the five transformations that the protocol wants traced (R-ART-50)."""

from __future__ import annotations

from msgspec import Struct

from domain.archive.facts import EvidenceManifestSealed
from domain.artifacts import (
    CHECKLIST,
    COMMUNICATION,
    EXECUTION,
    MANIFEST,
    PLAN,
    RCA,
    RECOVERY,
    REPORT,
    RESOLUTION,
    SEVERITY,
)
from domain.execution.facts import (
    MitigationCommandExecuted,
    MitigationExecutionCompleted,
    MitigationExecutionStarted,
)
from domain.facts import Fact
from domain.intake.facts import SignalAttached, SignalCleared
from domain.recovery.facts import RecoveryCheckRecorded, RecoveryValidationCompleted
from domain.report.facts import IncidentReportWritten
from domain.severity.facts import AffectedScopeConfirmed, SeverityConsensusReached
from projections.artifacts.rendering import Rendering


class Transformation(Struct, frozen=True, kw_only=True):
    """``facts`` of the source, first to last, went into these artifacts; null while there are none."""

    source: str
    facts: int
    first_version: int | None
    last_version: int | None
    outputs: tuple[str, ...]


class _Traced(Struct, frozen=True):
    source: str
    kinds: tuple[type[Fact], ...]
    outputs: tuple[str, ...]


TRACED = (
    _Traced("alert signals", (SignalAttached, SignalCleared), (SEVERITY, COMMUNICATION)),
    _Traced("severity consensus", (SeverityConsensusReached, AffectedScopeConfirmed), (PLAN, CHECKLIST)),
    _Traced(
        "execution",
        (MitigationExecutionStarted, MitigationCommandExecuted, MitigationExecutionCompleted),
        (EXECUTION, RECOVERY),
    ),
    _Traced("recovery confirmation", (RecoveryCheckRecorded, RecoveryValidationCompleted), (RESOLUTION, RCA)),
    _Traced("bundling", (IncidentReportWritten, EvidenceManifestSealed), (MANIFEST, REPORT)),
)


def transformations(rendering: Rendering) -> tuple[Transformation, ...]:
    """Return all five, whether there is anything to trace yet or not."""
    return tuple(_traced(row, rendering) for row in TRACED)


def _traced(row: _Traced, rendering: Rendering) -> Transformation:
    items = rendering.among(*row.kinds)
    return Transformation(
        source=row.source,
        facts=len(items),
        first_version=items[0].version if items else None,
        last_version=items[-1].version if items else None,
        outputs=row.outputs,
    )
