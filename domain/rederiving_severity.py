"""How a new round of severity follows: derived again (R-SVC-10, R-TRN-18, R-GATE-51).

A round that a rule began must be one that the rule begins there, with the cause that it finds. What people
stated in the same decision, a share of services or that data is exposed, is taken from the fact.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from domain.context import Context
from domain.derivation import Derivation
from domain.flow.transitions import UNRESOLVED
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.policies import policy_of
from domain.recorded_at import recorded_at
from domain.severity.assessing import why_again
from domain.severity.assessment import Known
from domain.severity.escalating import again
from domain.severity.facts import Cause, SeverityReassessmentStarted

ASKED = ("gate_1_failed", "manual")
BY_RULE = ("new_signal", "auto_escalation")


def _began(state: Incident, fact: SeverityReassessmentStarted, context: Context) -> IncidentFact | None:
    if fact.cause is not None:
        return _by_rule(state, fact.cause, context)
    # A closed incident that is reopened is in no state of its own yet; its reopening is derived beside.
    placed = state.state in UNRESOLVED or fact.reason == "reopened"
    if not placed or fact.reason in BY_RULE or (fact.reason == "objection" and state.severity.agreed is None):
        return None
    reason = why_again(state) if fact.reason in ASKED else fact.reason
    return replace(fact, round=state.severity.round + 1, reason=reason)


def _by_rule(state: Incident, cause: Cause, context: Context) -> IncidentFact | None:
    stated = Known(regulated_data=cause.rule == "regulated_data", services_ratio=cause.services_ratio)
    policy, at = policy_of(context).severity.auto_escalate, recorded_at(state, context)
    return next(iter(again(state, (cause.rule,), stated=stated, policy=policy, at=at)), None)


DERIVED: Mapping[type, Derivation] = {SeverityReassessmentStarted: _began}
"""Type of a fact -> how it follows."""
