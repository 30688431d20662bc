"""Where an incident stands, and the table of transitions with its one interpreter (R-TRN, design section 6).

Some facts move an incident by themselves (`BY_FACT`). All other transitions wait for evidence: a row of
`TRANSITIONS` fires once every mark it needs is set, one of them since the last return to its state. Facts
that only record something never move anything (R-WF-02).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.execution.facts import MitigationExecutionStarted
from domain.flow.facts import StepMarked
from domain.gates.facts import GateEvaluated, GateWaiverRequested
from domain.intake.facts import (
    IncidentDeclared,
    IncidentDismissed,
    IncidentMerged,
    IncidentOpened,
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

State = Literal[
    "none",
    "detecting",
    "assessing",
    "notifying",
    "planning",
    "verifying_rollback",
    "aligning",
    "executing",
    "validating_recovery",
    "dismissed",
    "merged",
]
"""Where an incident stands; ``none`` is a stream in which nothing was opened."""


class Place(Struct, frozen=True):
    """A state's phase and step (R-STEP), and the state before it, to which it can be sent back."""

    phase: int
    step: str
    before: State | None = None


PLACES: Mapping[State, Place] = {
    "detecting": Place(1, "1.1"),
    "assessing": Place(1, "1.2"),
    "notifying": Place(1, "1.3", "assessing"),
    "planning": Place(2, "2.1", "notifying"),
    "verifying_rollback": Place(2, "2.2", "planning"),
    "aligning": Place(2, "2.3", "verifying_rollback"),
    "executing": Place(3, "3.1"),
    "validating_recovery": Place(3, "3.2"),
}
"""The states of an incident that is open, in the order of the protocol."""

OPEN: frozenset[State] = frozenset(PLACES)
DECLARED: frozenset[State] = OPEN - {"detecting"}
BEFORE_EXECUTION: frozenset[State] = DECLARED - {"executing", "validating_recovery"}
PLANNED: frozenset[State] = frozenset({"planning", "verifying_rollback", "aligning"})


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


class Transition(Struct, frozen=True, kw_only=True):
    """A transition that fires by itself once its marks are set."""

    id: str
    source: State
    target: State
    needs: tuple[str, ...]


TRANSITIONS: tuple[Transition, ...] = (
    Transition(id="R-TRN-04", source="assessing", target="notifying", needs=("agreed", "scoped")),
    Transition(id="R-TRN-05", source="notifying", target="planning", needs=("gate_1",)),
    # Before planning goes on: where nothing is to be executed, a new round ends in recovery again.
    Transition(id="R-TRN-24", source="planning", target="validating_recovery", needs=("not_required",)),
    # What runs is not interrupted by a new round (R-TRN-18): it is still being executed afterwards.
    Transition(id="R-TRN-18", source="planning", target="executing", needs=("running",)),
    Transition(id="R-TRN-06", source="planning", target="verifying_rollback", needs=("planned",)),
    Transition(id="R-TRN-07", source="verifying_rollback", target="aligning", needs=("ready",)),
)

BY_FACT: Mapping[type, State] = {
    IncidentOpened: "detecting",  # R-TRN-01
    IncidentDismissed: "dismissed",  # R-TRN-02, R-TRN-23
    IncidentDeclared: "assessing",  # R-TRN-03
    MitigationExecutionStarted: "executing",  # R-TRN-08
    SeverityReassessmentStarted: "assessing",  # R-TRN-18
    MitigationPlanProposed: "planning",  # another revision is verified and agreed on anew
    MitigationNotRequired: "validating_recovery",  # R-TRN-24
    IncidentMerged: "merged",  # R-TRN-25
}
"""Facts that move an incident by themselves; what guards them is in `domain.actions`."""


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


def phase(state: State) -> int | None:
    """Return the phase of an open incident."""
    place = PLACES.get(state)
    return None if place is None else place.phase


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
