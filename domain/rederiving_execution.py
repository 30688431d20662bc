"""What follows, or partly follows, of the facts of an execution: derived again (R-GATE-51, R-WF-30).

That something may run at all is the one thing nobody may sign into being: whoever verifies looks at every
precondition anew, at that very version.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from domain.context import Context
from domain.derivation import Derivation
from domain.execution.facts import (
    MitigationCommandExecuted,
    MitigationExecutionCompleted,
    MitigationExecutionStarted,
    MitigationPlanningReentered,
)
from domain.execution.reentering import failing
from domain.execution.running import commands_total, completion
from domain.execution.safety import unmet
from domain.flow.transitions import BEFORE_EXECUTION
from domain.gates.board import holds_open, is_current
from domain.gates.evaluating import passes
from domain.gates.evaluator import ENGINE
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.moment import milliseconds
from domain.recorded_at import recorded_at

FactOfExecution = (
    MitigationExecutionStarted
    | MitigationCommandExecuted
    | MitigationExecutionCompleted
    | MitigationPlanningReentered
)


def _started(state: Incident, fact: MitigationExecutionStarted, context: Context) -> IncidentFact | None:
    plan, selected, again = state.planning.plan, state.planning.selected, fact.rerun is not None
    if plan is None or selected is None or not _in_place(state, again=again):
        return None
    if unmet(state, context, gate_open=_let_through(state, context), again=again):
        return None
    return replace(
        fact,
        attempt=1 if state.execution.attempt is None else state.execution.attempt.number + 1,
        plan_revision=plan.revision,
        option_id=selected.option_id,
        from_version=plan.fact.from_version,
        to_version=plan.fact.to_version,
    )


def _let_through(state: Incident, context: Context) -> bool:
    """Return whether the verdict of gate 2 on record opens it, and is what it comes to now."""
    verdict = state.gates.authoritative.get("mitigation_readiness")
    if verdict is None:
        return False
    if verdict.fact.engine != ENGINE:
        # What another engine would say of this moment is not for this one to refute.
        return is_current(state, verdict) and holds_open(state, verdict, recorded_at(state, context))
    # Anything new would have been recorded first, as another verdict.
    return passes(state, "mitigation_readiness", context) == ()


def _in_place(state: Incident, *, again: bool) -> bool:
    """Return whether it begins where a first attempt, or another one at the same plan, begins."""
    before = state.state in BEFORE_EXECUTION
    return not before and bool(state.standing.running and failing(state)) if again else before


def _ran(state: Incident, fact: MitigationCommandExecuted, _context: Context) -> IncidentFact | None:
    attempt, last = state.execution.attempt, state.execution.ran.get(fact.seq)
    runs = state.standing.running > 0 and state.execution.completed is None
    approved = 1 <= fact.seq <= commands_total(state)
    if attempt is None or not runs or not approved or (last and last.fact.outcome == "success"):
        return None
    unexpected = fact.exit_code is not None and fact.exit_code != fact.expected_exit_code
    return replace(
        fact,
        attempt=attempt.number,
        tried=1 if last is None else last.fact.tried + 1,
        outcome="failed" if unexpected and fact.outcome == "success" else fact.outcome,
        duration_ms=milliseconds(fact.started_at, fact.at),
    )


def _completed(
    state: Incident, _fact: MitigationExecutionCompleted, _context: Context
) -> MitigationExecutionCompleted | None:
    return completion(state)


def _reentered(state: Incident, fact: MitigationPlanningReentered, _context: Context) -> IncidentFact | None:
    cause, attempt = failing(state), state.execution.attempt
    number = 0 if attempt is None else attempt.number
    return None if cause is None else replace(fact, from_attempt=number, cause=cause)


DERIVED: Mapping[type, Derivation] = {
    MitigationExecutionStarted: _started,
    MitigationCommandExecuted: _ran,
    MitigationExecutionCompleted: _completed,
    MitigationPlanningReentered: _reentered,
}
"""Type of a fact -> how it follows."""
