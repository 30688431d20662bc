"""Facts about gates (R-EVT-22). Passed, failed, stale and expired follow from these."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.classified import Code, Count, Hash, Id, Timestamp
from domain.prose import BlobRef, Prose
from domain.ratio import Ratio

Gate = Literal[
    "severity_alignment", "mitigation_readiness", "recovery_validation", "resolution_documentation"
]
Mode = Literal["strict", "standard", "relaxed"]
Operator = Literal[">=", "<=", "="]
Level = Literal["gate", "minimum"]
"""A gate's own criterion, or a minimum of the protocol's table of artifacts (R-DEC-24)."""

Unit = Literal["ratio", "ms", "count", "truth"]
Passed = Literal["yes", "no", "warning", "not_applicable"]
"""``warning`` fails, but not the gate in this mode (R-GATE-52)."""


class CriterionResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One criterion as it was judged; without ``actual`` there is nothing to measure yet, and it fails."""

    id: Code
    level: Level
    op: Operator
    unit: Unit
    threshold: Ratio
    passed: Passed
    actual: Ratio | None = None


class Metric(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A number that is recorded beside the criteria and decides nothing."""

    id: Code
    unit: Unit
    actual: Ratio


class GateScope(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a verdict is about: a round, a revision of the plan, an attempt, a revision of the report."""

    round: Count | None = None
    plan_revision: Count | None = None
    attempt: Count | None = None
    report_revision: Count | None = None


class Tightened(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Thresholds that were asked for by hand instead of the policy's (R-GATE-53)."""

    sla_ms: Count | None = None
    threshold: Ratio | None = None


class Evidence(Struct, frozen=True, kw_only=True):
    """Registered bytes that a verdict relies on (R-GATE-56)."""

    name: Code
    blob: BlobRef


class GateEvaluated(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A verdict, derived from the facts up to ``at_version`` as of the time this was recorded (R-GATE-51).

    Only an ``authoritative`` verdict opens a gate. A later pass deletes no failure.
    """

    evaluation_id: Id
    gate: Gate
    mode: Mode
    authoritative: bool
    scope: GateScope
    criteria: tuple[CriterionResult, ...]
    result: Literal["PASS", "FAIL"]
    policy_sha256: Hash
    engine: Count
    at_version: Count
    metrics: tuple[Metric, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    tightened: Tightened | None = None


class GateWaiverRequested(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody asks to pass a failed gate knowingly: these ``criteria``, until ``expires_at`` (R-GATE-55)."""

    waiver_id: Id
    gate: Gate
    evaluation_id: Id
    scope: GateScope
    criteria: tuple[Code, ...]
    required_roles: tuple[Code, ...]
    justification: Prose
    expires_at: Timestamp
    risk_assessment: Prose | None = None
    recovery_plan: Prose | None = None
    conditions: Prose | None = None


class GateWaiverDecided(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person approves or rejects a waiver in ``role``; granted once all required roles approved."""

    waiver_id: Id
    verdict: Literal["approved", "rejected"]
    role: Code
    rationale: Prose
    granted_by: Id | None = None
    granted_at: Timestamp | None = None


class GateWaiverRefused(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody asked to waive a gate that nobody can waive (R-ROL-27, R-DEC-26)."""

    gate: Gate
    code: Literal["WAIVER_NOT_PERMITTED"]
    justification: Prose


GateFact = GateEvaluated | GateWaiverRequested | GateWaiverDecided | GateWaiverRefused
