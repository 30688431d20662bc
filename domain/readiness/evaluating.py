"""Evaluating the prerequisites by hand, and overriding what is missing (R-PRE-40, R-PRE-42, R-ROL-20)."""

from __future__ import annotations

from domain.context import Context
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.policies import policy_of
from domain.prose import prose
from domain.readiness.commands import EvaluatePrerequisites, OverridePrerequisites
from domain.readiness.evaluator import prerequisites
from domain.readiness.facts import PrerequisitesOverridden
from domain.readiness.readiness import Readiness
from domain.recorded_at import recorded_at
from domain.refusal import Refusal


def evaluate(state: Incident, command: EvaluatePrerequisites, context: Context) -> tuple[IncidentFact, ...]:
    """Return the evaluation."""
    at = recorded_at(state, context)
    return (prerequisites(state, policy_of(context), at, strict=command.strict),)


def override(
    state: Incident, command: OverridePrerequisites, _context: Context
) -> tuple[IncidentFact, ...] | Refusal:
    """Return that the owner goes on with the gaps of the latest evaluation."""
    evaluated = state.readiness.evaluated
    if evaluated is None or evaluated.outcome != "proceed_with_gaps":
        return Refusal(
            code="NO_GAPS",
            message="only the gaps of an evaluation that is not strict can be overridden",
            expected="proceed_with_gaps",
            found="no evaluation" if evaluated is None else evaluated.outcome,
        )
    return (PrerequisitesOverridden(missing=evaluated.missing, rationale=prose(command.rationale)),)


def is_ready(state: Incident, context: Context) -> bool:
    """Return whether execution may begin as far as prerequisites go, now (R-WF-30).

    They hold; or the owner has overridden the gaps of the latest evaluation, and no other came since.
    """
    now = prerequisites(state, policy_of(context), recorded_at(state, context))
    return now.outcome == "proceed" or is_overridden(state.readiness, now.missing)


def is_overridden(state: Readiness, missing: tuple[str, ...]) -> bool:
    """Return whether the owner has overridden the latest evaluation, and with it all that is missing now."""
    evaluated, overridden = state.evaluated, state.overridden
    if evaluated is None or overridden is None or overridden.version < evaluated.version:
        return False
    return evaluated.outcome == "proceed_with_gaps" and set(missing) <= set(overridden.missing)
