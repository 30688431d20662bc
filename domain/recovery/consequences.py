"""What follows from checks: the validation, gate 3, and going on past it (R-TRN-10, R-TRN-11, R-WF-34)."""

from __future__ import annotations

from domain.context import Context
from domain.flow.facts import StepMarked
from domain.flow.transitions import PLACES, UNCONFIRMED
from domain.gates.board import holds_open, is_current
from domain.gates.evaluating import case_of, news
from domain.gates.evaluator import evaluate
from domain.gates.facts import Gate
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.policies import policy_of
from domain.prose import prose
from domain.recorded_at import recorded_at
from domain.recovery.checks import count, same, validated_now, validation

GATE: Gate = "recovery_validation"


def validate(state: Incident, context: Context) -> tuple[IncidentFact, ...]:
    """With the last required check the recovery is validated, and again whenever that changes."""
    if state.state not in UNCONFIRMED:
        return ()
    policy, known = policy_of(context), validated_now(state)
    if known is None and (count(state, policy).missing or not state.recovery.checks):
        return ()
    found = validation(state, policy, recorded_at(state, context))
    return () if known is not None and same(known, found) else (found,)


def gate_3(state: Incident, context: Context) -> tuple[IncidentFact, ...]:
    """With each validation, gate 3 is evaluated; after a failure again once it would pass."""
    validated = state.recovery.validated
    if state.state not in UNCONFIRMED or validated_now(state) is None or validated is None:
        return ()
    verdict = state.gates.authoritative.get(GATE)
    judged = verdict is not None and verdict.version > validated.version and is_current(state, verdict)
    # Of another validation it says so, even where it says the same: what was before it moves nothing.
    fresh = news(state, GATE, context) if judged else evaluate(GATE, case_of(state, context))
    if fresh is None or (judged and fresh.result == "FAIL"):
        return ()
    return (fresh,)


def past_gate_3(state: Incident, context: Context) -> tuple[IncidentFact, ...]:
    """A waiver that is granted lets the incident on, whatever did not recover (R-ROL-29, R-DEC-30)."""
    verdict, standing = state.gates.authoritative.get(GATE), state.standing
    if verdict is None or state.state not in UNCONFIRMED or standing.halted is not None:
        return ()
    at = recorded_at(state, context)
    waived = verdict.fact.result == "FAIL" and is_current(state, verdict) and holds_open(state, verdict, at)
    if not waived or standing.gate_3 > verdict.version:
        return ()
    step = PLACES[state.state].step
    return (StepMarked(step=step, mark="waived", rationale=prose("A waiver of gate 3 is in force.")),)
