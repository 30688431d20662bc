"""The four gate validations: the latest verdict of each gate, with what it rests on (R-ART-24, R-GATE-51)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Literal

from msgspec import Struct

from domain.artifacts import MITIGATION_GATE, RECOVERY_GATE, RESOLUTION_GATE, SEVERITY_GATE
from domain.gates.board import GateState, light
from domain.gates.facts import (
    Gate,
    GateEvaluated,
    GateScope,
    GateWaiverDecided,
    GateWaiverRefused,
    GateWaiverRequested,
    Level,
    Mode,
    Operator,
    Passed,
    Tightened,
    Unit,
)
from domain.ratio import Ratio
from domain.recorded import Recorded
from projections.artifacts.content import Content
from projections.artifacts.rendering import Rendering
from projections.artifacts.row import Row
from projections.waivers import RefusedWaiver, WaiverShown, refused_waivers, waivers

Kind = Literal["prerequisite", "execution", "completion"]

KINDS: Mapping[Gate, Kind] = {
    "severity_alignment": "prerequisite",
    "mitigation_readiness": "execution",
    "recovery_validation": "execution",
    "resolution_documentation": "completion",
}
"""What a gate stands before."""

ALIASES: Mapping[str, str] = {
    "consensus_rate": "consensus_metric",
    "approval_latency": "approval_latency_ms",
    "decision_approval": "approval_coverage",
    "recovery_validation_success": "pass_rate",
    "documentation_completeness": "coverage",
}
"""Canonical name of a number -> the name that the protocol's text uses as well (R-DEC-23)."""


class CriterionReported(Struct, frozen=True, kw_only=True):
    """One criterion as it was judged; null ``actual``: there was nothing to measure, which fails."""

    id: str
    level: Level
    op: Operator
    unit: Unit
    threshold: Ratio
    actual: Ratio | None
    passed: Passed


class EvidenceReported(Struct, frozen=True, kw_only=True):
    """Registered bytes that the verdict relied on; ``sha256`` is of the stored ciphertext."""

    name: str
    sha256: str
    size_bytes: int


class VerdictReported(Struct, frozen=True, kw_only=True):
    """An earlier or later verdict in short: a pass deletes no failure."""

    evaluation_id: str
    mode: Mode
    authoritative: bool
    result: Literal["PASS", "FAIL"]
    failed: tuple[str, ...]
    at: str
    version: int


class GateMetrics(Struct, frozen=True, kw_only=True):
    """How often the gate was judged, and how it went."""

    evaluations: int
    failures: int
    waivers: int


class Measured(Struct, frozen=True, kw_only=True):
    """A number beside the criteria."""

    id: str
    unit: Unit
    actual: Ratio


class Alias(Struct, frozen=True, kw_only=True):
    """Another name of a number."""

    alias: str
    of: str


class GateData(Struct, frozen=True, kw_only=True):
    """The latest authoritative verdict, or where there is none the latest at all.

    ``booleans`` are the criteria that are true or false, ``criteria`` all others; ``at_version`` is what
    the verdict was derived from, whatever came later.
    """

    gate: Gate
    type: Kind
    evaluation_id: str
    mode: Mode
    authoritative: bool
    result: Literal["PASS", "FAIL"]
    scope: GateScope
    criteria: tuple[CriterionReported, ...]
    booleans: tuple[CriterionReported, ...]
    metrics: tuple[Measured, ...]
    aliases: tuple[Alias, ...]
    evidence: tuple[EvidenceReported, ...]
    tightened: Tightened | None
    policy_sha256: str
    engine: int
    at_version: int
    evaluated_at: str
    version: int
    waivers: tuple[WaiverShown, ...]
    refused_waivers: tuple[RefusedWaiver, ...]
    history: tuple[VerdictReported, ...]


def content(gate: Gate, rendering: Rendering) -> Content | None:
    """Return how a gate was judged, None before it was."""
    judged = tuple(item for item in rendering.of(GateEvaluated) if item.fact.gate == gate)
    if not judged:
        return None
    authoritative = [item for item in judged if item.fact.authoritative]
    data = _data((authoritative or judged)[-1], judged, rendering)
    return Content(
        status=_state(gate, rendering),
        metrics=GateMetrics(
            evaluations=len(judged),
            failures=sum(item.fact.result == "FAIL" for item in judged),
            waivers=len(data.waivers),
        ),
        data=data,
    )


def _state(gate: Gate, rendering: Rendering) -> GateState:
    return light(rendering.incident, gate, rendering.last.recordedtime).state


def _data(
    item: Recorded[GateEvaluated], judged: tuple[Recorded[GateEvaluated], ...], rendering: Rendering
) -> GateData:
    fact = item.fact
    criteria = tuple(
        CriterionReported(
            id=result.id,
            level=result.level,
            op=result.op,
            unit=result.unit,
            threshold=result.threshold,
            actual=result.actual,
            passed=result.passed,
        )
        for result in fact.criteria
    )
    names = (*(row.id for row in criteria), *(metric.id for metric in fact.metrics))
    asked, refused = _waivers(fact.gate, rendering)
    return GateData(
        gate=fact.gate,
        type=KINDS[fact.gate],
        evaluation_id=fact.evaluation_id,
        mode=fact.mode,
        authoritative=fact.authoritative,
        result=fact.result,
        scope=fact.scope,
        criteria=tuple(row for row in criteria if row.unit != "truth"),
        booleans=tuple(row for row in criteria if row.unit == "truth"),
        metrics=tuple(Measured(id=it.id, unit=it.unit, actual=it.actual) for it in fact.metrics),
        aliases=tuple(Alias(alias=ALIASES[name], of=name) for name in names if name in ALIASES),
        evidence=tuple(
            EvidenceReported(name=it.name, sha256=it.blob.sha256, size_bytes=it.blob.size)
            for it in fact.evidence
        ),
        tightened=fact.tightened,
        policy_sha256=fact.policy_sha256,
        engine=fact.engine,
        at_version=fact.at_version,
        evaluated_at=item.recordedtime,
        version=item.version,
        waivers=asked,
        refused_waivers=refused,
        history=tuple(map(_short, judged)),
    )


def _waivers(gate: Gate, rendering: Rendering) -> tuple[tuple[WaiverShown, ...], tuple[RefusedWaiver, ...]]:
    refused = tuple(it for it in refused_waivers(rendering.of(GateWaiverRefused)) if it.gate == gate)
    if not any(item.fact.gate == gate for item in rendering.of(GateWaiverRequested)):
        return (), refused
    asked = waivers(rendering.of(GateWaiverDecided), rendering.case)
    return tuple(it for it in asked if it.gate == gate), refused


def _short(item: Recorded[GateEvaluated]) -> VerdictReported:
    return VerdictReported(
        evaluation_id=item.fact.evaluation_id,
        mode=item.fact.mode,
        authoritative=item.fact.authoritative,
        result=item.fact.result,
        failed=tuple(result.id for result in item.fact.criteria if result.passed == "no"),
        at=item.recordedtime,
        version=item.version,
    )


def _row(gate: Gate, name: str, step: str) -> Row:
    return Row(
        requirement="R-ART-24",
        name=name,
        artifact_id=name.removesuffix(".json"),
        step=step,
        consumers=("bundle",),
        gate=gate,
        render=partial(content, gate),
        metrics=GateMetrics,
        data=GateData,
    )


ROWS = (
    _row("severity_alignment", SEVERITY_GATE, "1.3"),
    _row("mitigation_readiness", MITIGATION_GATE, "2.3"),
    _row("recovery_validation", RECOVERY_GATE, "3.3"),
    _row("resolution_documentation", RESOLUTION_GATE, "4.3"),
)
