"""Verdicts of the four gates, as the rules give them."""

from __future__ import annotations

from domain.gates.facts import CriterionResult, Gate, GateEvaluated, GateScope, Level, Operator, Unit
from domain.ratio import Ratio
from tests.support.full.story import Story
from tests.support.playing import POLICY_IDS

_RATIOS: dict[Gate, tuple[tuple[str, Level, Operator, Unit, Ratio, Ratio], ...]] = {
    "severity_alignment": (
        ("consensus_rate", "gate", ">=", "ratio", Ratio(1), Ratio(2, 2)),
        ("responders", "gate", ">=", "count", Ratio(1), Ratio(2)),
        ("severity_assessment.status", "gate", "=", "truth", Ratio(1), Ratio(1)),
        ("communication_log.notifications_sent", "gate", "=", "truth", Ratio(1), Ratio(1)),
        ("stakeholder_count", "gate", ">=", "count", Ratio(1), Ratio(3)),
        ("notification_latency", "gate", "<=", "ms", Ratio(300_000), Ratio(44_000)),
    ),
    "mitigation_readiness": (
        ("rollback_prerequisite_coverage", "gate", ">=", "ratio", Ratio(1), Ratio(6, 6)),
        ("prerequisite_count", "gate", ">=", "count", Ratio(1), Ratio(6)),
        ("decision_approval", "gate", ">=", "ratio", Ratio(1), Ratio(2, 2)),
        ("outstanding_rejections", "gate", "=", "count", Ratio(0), Ratio(0)),
        ("rollback_readiness.status", "gate", "=", "truth", Ratio(1), Ratio(1)),
        ("decision_log.approvals", "gate", "=", "truth", Ratio(1), Ratio(1)),
        ("compliance_approval", "gate", "=", "truth", Ratio(1), Ratio(1)),
        ("strategy_completeness", "minimum", ">=", "ratio", Ratio(19, 20), Ratio(12, 12)),
    ),
    "recovery_validation": (
        ("recovery_validation_success", "gate", ">=", "ratio", Ratio(19, 20), Ratio(4, 4)),
        ("critical_failed", "gate", "=", "count", Ratio(0), Ratio(0)),
        ("timeline_completeness", "gate", ">=", "ratio", Ratio(1), Ratio(11, 11)),
        ("execution_success", "minimum", ">=", "ratio", Ratio(1), Ratio(3, 3)),
    ),
    "resolution_documentation": (
        ("documentation_completeness", "gate", ">=", "ratio", Ratio(19, 20), Ratio(34, 34)),
        ("stakeholder_notification", "gate", ">=", "ratio", Ratio(1), Ratio(3, 3)),
        ("incident_report.status", "gate", "=", "truth", Ratio(1), Ratio(1)),
        ("rca_manifest.status", "gate", "=", "truth", Ratio(1), Ratio(1)),
        ("rca_evidence_count", "minimum", ">=", "count", Ratio(3), Ratio(4)),
    ),
}


def verdict(story: Story, gate: Gate, number: int, **scope: int) -> GateEvaluated:
    return GateEvaluated(
        evaluation_id=f"g{number}-{story.version}",
        gate=gate,
        mode="strict",
        authoritative=True,
        scope=GateScope(round=1, **scope),
        criteria=tuple(
            CriterionResult(
                id=name, level=level, op=op, unit=unit, threshold=threshold, actual=actual, passed="yes"
            )
            for name, level, op, unit, threshold, actual in _RATIOS[gate]
        ),
        result="PASS",
        policy_sha256=POLICY_IDS[story.profile],
        engine=1,
        at_version=story.version,
    )
