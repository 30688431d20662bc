"""Where an incident stands: the one interpreter of the table of transitions (R-TRN, design section 6).

Facts that only record something never move anything (R-WF-02).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from domain.execution.facts import MitigationExecutionStarted
from domain.flow.facts import StepMarked
from domain.flow.transitions import BY_FACT, PLACES, TRANSITIONS, State, Transition
from domain.gates.facts import GateEvaluated, GateWaiverRequested
from domain.intake.facts import (
    MitigationNotRequired,
    PolicyAdopted,
)
from domain.planning.facts import MitigationPlanProposed, RollbackReadinessAssessed
from domain.recorded import Stamped
from domain.severity.facts import (
    AffectedScopeConfirmed,
    SeverityConsensusReached,
    SeverityReassessmentStarted,
)


class Standing(Struct, frozen=True, kw_only=True):
    """The state, and the marks that transitions wait for: versions of the facts that set them, or 0.

    ``returns`` holds the states to which the incident was sent back, each with the version of the last time.
    """

    state: State = "none"
    agreed: int = 0
    scoped: int = 0
    gate_1: int = 0
    planned: int = 0
    ready: int = 0
    running: int = 0
    not_required: int = 0
    returns: Mapping[State, int] = {}
    halted: str | None = None


def after(standing: Standing, item: Stamped[Any]) -> Standing:
    """Return where the incident stands after a fact."""
    marked = _marked(standing, item)
    target = BY_FACT.get(type(item.fact))
    return settled(marked if target is None else replace(marked, state=target))


def settled(standing: Standing) -> Standing:
    """Return where the incident stands once every transition that can fire has fired."""
    if standing.halted is not None:
        return standing
    for row in TRANSITIONS:
        if row.source == standing.state and _fires(row, standing):
            standing = replace(standing, state=row.target)
    return standing


def _fires(row: Transition, standing: Standing) -> bool:
    marks = [int(getattr(standing, mark)) for mark in row.needs]
    return all(marks) and max(marks) > standing.returns.get(row.source, 0)


def _marked(standing: Standing, item: Stamped[Any]) -> Standing:  # noqa: C901, PLR0911  # one case a fact
    """Return the standing with the mark that a fact sets, or takes away."""
    fact, version = item.fact, item.version
    match fact:
        case SeverityConsensusReached():
            return replace(standing, agreed=version)
        case SeverityReassessmentStarted():
            return replace(standing, agreed=0, scoped=0, gate_1=0)
        case AffectedScopeConfirmed():
            return replace(standing, scoped=version)
        case GateEvaluated(gate="severity_alignment", authoritative=True):
            return replace(standing, gate_1=version if fact.result == "PASS" else 0)
        case PolicyAdopted():
            # What passed under the policy before is stale (R-GATE-50).
            return replace(standing, gate_1=0)
        case MitigationPlanProposed():
            return replace(standing, planned=version if is_clear(fact) else 0, ready=0, running=0)
        case MitigationExecutionStarted():
            return replace(standing, running=version)
        case MitigationNotRequired():
            return replace(standing, not_required=version)
        case RollbackReadinessAssessed():
            return replace(standing, ready=version if fact.status == "verified" else 0)
        case GateWaiverRequested(gate="mitigation_readiness"):
            return replace(standing, ready=version)
        case StepMarked():
            return _stepped(standing, fact, version)
        case _:
            return standing


def is_clear(plan: MitigationPlanProposed) -> bool:
    """Return whether a plan has an option that can be carried out and no dependency is unknown (R-TRN-06)."""
    complete = any(option.commands_count for option in plan.options)
    return complete and all(item.known for option in plan.options for item in option.dependencies)


def _stepped(standing: Standing, fact: StepMarked, version: int) -> Standing:
    match fact.mark:
        case "halted":
            return replace(standing, halted=fact.halt_code)
        case "resumed":
            return replace(standing, halted=None)
        case "returned":
            before = PLACES[standing.state].before if standing.state in PLACES else None
            if before is None:
                return standing
            return replace(standing, state=before, returns={**standing.returns, before: version})
        case "skipped":
            return standing
