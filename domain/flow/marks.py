"""The marks that transitions wait for, as rows: which fact sets which, and takes which away (R-TRN).

A mark is the version of the fact that set it, 0 while it is not set. What takes the ground away from under
a mark takes the mark away: a new round, a new revision, another attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from domain.execution.facts import (
    MitigationExecutionCompleted,
    MitigationExecutionStarted,
    MitigationPlanningReentered,
)
from domain.gates.facts import Gate, GateEvaluated, GateWaiverRequested
from domain.intake.facts import MitigationNotRequired, PolicyAdopted
from domain.planning.facts import MitigationPlanProposed, RollbackReadinessAssessed
from domain.recovery.facts import RecoveryValidationCompleted
from domain.severity.facts import (
    AffectedScopeConfirmed,
    SeverityConsensusReached,
    SeverityReassessmentStarted,
)

Marks = Mapping[str, Any]

NOT_AGREED: Marks = {"agreed": 0, "scoped": 0, "gate_1": 0}
NOT_PLANNED: Marks = {"planned": 0, "ready": 0, "not_required": 0}
NOT_EXECUTED: Marks = {"running": 0, "executed": 0, "validated": 0, "gate_3": 0}

PASSES: Mapping[Gate, str] = {
    "severity_alignment": "gate_1",
    "recovery_validation": "gate_3",
    "resolution_documentation": "gate_4",
}
"""Gate -> the mark of its pass. Gate 2 has none: starting the execution evaluates it anew."""


def is_clear(plan: MitigationPlanProposed) -> bool:
    """Return whether a plan has an option that can be carried out and no dependency is unknown (R-TRN-06)."""
    complete = any(option.commands_count for option in plan.options)
    return complete and all(item.known for option in plan.options for item in option.dependencies)


def _verdict(fact: GateEvaluated, version: int) -> Marks:
    mark = PASSES.get(fact.gate)
    if mark is None or not fact.authoritative:
        return {}
    return {mark: version if fact.result == "PASS" else 0}


def _proposed(fact: MitigationPlanProposed, version: int) -> Marks:
    return {"planned": version if is_clear(fact) else 0, "ready": 0, **NOT_EXECUTED}


def _waiver(fact: GateWaiverRequested, version: int) -> Marks:
    return {"ready": version} if fact.gate == "mitigation_readiness" else {}


# Any: each row takes its own fact, and `MARKS` is what brings them together.
MARKS: Mapping[type, Callable[[Any, int], Marks]] = {
    SeverityConsensusReached: lambda _, version: {"agreed": version},
    SeverityReassessmentStarted: lambda _, __: NOT_AGREED,
    AffectedScopeConfirmed: lambda _, version: {"scoped": version},
    GateEvaluated: _verdict,
    # What passed under the policy before is stale (R-GATE-50).
    PolicyAdopted: lambda _, __: {"gate_1": 0},
    MitigationPlanProposed: _proposed,
    MitigationNotRequired: lambda _, version: {"not_required": version},
    RollbackReadinessAssessed: lambda fact, version: {"ready": version if fact.status == "verified" else 0},
    GateWaiverRequested: _waiver,
    MitigationExecutionStarted: lambda _, version: {**NOT_EXECUTED, "running": version, "halted": None},
    MitigationExecutionCompleted: lambda _, version: {"executed": version},
    RecoveryValidationCompleted: lambda fact, version: {
        "validated": version if fact.status == "success" else 0
    },
    # Another revision is wanted: what stood of this one moves nothing any more.
    MitigationPlanningReentered: lambda _, __: {**NOT_PLANNED, **NOT_EXECUTED, "halted": None},
}
"""Type of a fact -> the marks of `domain.flow.standing.Standing` after it."""
