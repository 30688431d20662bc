"""Which facts of an incident follow from those before it: derived again, to be compared (R-GATE-51).

A verdict names the engine that made it. The other rules here are part of what their facts' types mean, so
another rule is another version of the type (R-EVT-03).
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from domain import (
    consequences,
    rederiving_end,
    rederiving_execution,
    rederiving_severity,
    rederiving_waivers,
)
from domain.context import Context, Principal
from domain.decisions.approvals import current
from domain.decisions.facts import DecisionGiven, DecisionRecorded, DecisionRequested
from domain.derivation import Derivation
from domain.flow.facts import StepMarked
from domain.flow.transitions import DECLARED
from domain.gates.evaluating import case_of
from domain.gates.evaluator import evaluate
from domain.gates.facts import GateEvaluated
from domain.gates.table import GATES
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.moment import instant
from domain.planning.facts import RollbackReadinessAssessed
from domain.planning.plan_hash import plan_sha256
from domain.policies import policy_of
from domain.policy import Policy
from domain.readiness.evaluator import prerequisites
from domain.readiness.facts import PrerequisitesEvaluated
from domain.recorded_at import recorded_at
from domain.recovery import consequences as recovery
from domain.recovery.checks import validation
from domain.recovery.facts import RecoveryValidationCompleted
from domain.rederiving_end import FactOfTheEnd
from domain.rederiving_execution import FactOfExecution
from domain.rederiving_waivers import FactOfWaivers
from domain.severity.facts import SeverityConsensusReached, SeverityReassessmentStarted

DerivedFact = (
    FactOfExecution
    | FactOfWaivers
    | FactOfTheEnd
    | SeverityConsensusReached
    | SeverityReassessmentStarted
    | RollbackReadinessAssessed
    | DecisionRequested
    | DecisionGiven
    | DecisionRecorded
    | PrerequisitesEvaluated
    | GateEvaluated
    | RecoveryValidationCompleted
    | StepMarked
)
"""Facts that follow, or of which a part follows, from those before them."""

NOBODY = Principal(id="", type="system")
"""Who asks plays no part in what follows."""


def follows(state: Incident, fact: DerivedFact, policy: Policy, at: str) -> IncidentFact | None:
    """Return the fact that the rules record where ``fact`` stands, None if they record none of its type.

    ``state`` is that of the facts before it, ``policy`` the one pinned then, ``at`` its recorded time. What
    only a person can say of it (a verdict, a reason) is taken from ``fact``.
    """
    return DERIVED[type(fact)](state, fact, Context(principal=NOBODY, now=instant(at), policy=policy))


def _by(rule: consequences.Rule) -> Derivation:
    def derive(state: Incident, _fact: IncidentFact, context: Context) -> IncidentFact | None:
        return next(iter(rule(state, context)), None) if state.state in DECLARED else None

    return derive


def _verdict(state: Incident, fact: GateEvaluated, context: Context) -> IncidentFact | None:
    if fact.gate not in GATES or state.state not in GATES[fact.gate].due:
        return None
    return evaluate(fact.gate, case_of(state, context), fact.mode, fact.tightened)


def _prerequisites(state: Incident, fact: PrerequisitesEvaluated, context: Context) -> IncidentFact:
    return prerequisites(state, policy_of(context), recorded_at(state, context), strict=fact.strict)


def _requested(state: Incident, fact: DecisionRequested, context: Context) -> IncidentFact | None:
    # Its id was drawn, and is whatever it is.
    told = replace(context, ids=(fact.decision_id, fact.decision_id))
    return _by(consequences.decision_request)(state, fact, told)


def _given(state: Incident, fact: DecisionGiven, _context: Context) -> IncidentFact | None:
    """Return the same word on what is in force: this decision, this very plan, the selected option."""
    plan, decision, selected = state.planning.plan, current(state), state.planning.selected
    if plan is None or decision is None or selected is None:
        return None
    return replace(
        fact,
        decision_id=decision.decision_id,
        plan_revision=plan.revision,
        plan_sha256=plan_sha256(plan.fact),
        option_id=selected.option_id,
    )


def _validated(
    state: Incident, _fact: RecoveryValidationCompleted, context: Context
) -> RecoveryValidationCompleted:
    return validation(state, policy_of(context), recorded_at(state, context))


def _marked(state: Incident, fact: StepMarked, context: Context) -> IncidentFact | None:
    """Return the mark as people made it; one that follows from a waiver only where that is in force."""
    if fact.mark != "waived":
        return fact
    found = next(iter(recovery.past_gate_3(state, context)), None)
    return None if found is None else replace(found, rationale=fact.rationale)


DERIVED: Mapping[type, Derivation] = {
    SeverityConsensusReached: _by(consequences.consensus),
    RollbackReadinessAssessed: _by(consequences.readiness),
    DecisionRequested: _requested,
    DecisionGiven: _given,
    DecisionRecorded: _by(consequences.decision_record),
    PrerequisitesEvaluated: _prerequisites,
    GateEvaluated: _verdict,
    RecoveryValidationCompleted: _validated,
    StepMarked: _marked,
    **rederiving_severity.DERIVED,
    **rederiving_execution.DERIVED,
    **rederiving_waivers.DERIVED,
    **rederiving_end.DERIVED,
}
"""Type of a fact -> how it follows."""
