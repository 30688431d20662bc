"""Who was called up the chain, folded (R-TRN-22, R-COM-33)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.flow.facts import EscalationAcknowledged, EscalationRaised, FlowFact, StepMarked
from domain.recorded import Stamped


class Escalation(Struct, frozen=True, kw_only=True):
    """One call; open until somebody acknowledges it."""

    fact: EscalationRaised
    raised_by: str
    acknowledged_by: str | None = None


Escalations = Mapping[str, Escalation]
"""By id, in order."""


def evolve(state: Escalations, item: Stamped[FlowFact]) -> Escalations:
    """Return the escalations after a fact."""
    fact = item.fact
    match fact:
        case EscalationRaised():
            return {**state, fact.escalation_id: Escalation(fact=fact, raised_by=item.authid)}
        case EscalationAcknowledged():
            raised = state.get(fact.escalation_id)
            if raised is None:
                return state
            return {**state, fact.escalation_id: replace(raised, acknowledged_by=item.authid)}
        case StepMarked():
            return state
        case _:
            assert_never(fact)


def is_escalated(state: Escalations) -> bool:
    """Return whether anybody was called and has not answered: the flag *escalated*."""
    return any(item.acknowledged_by is None for item in state.values())
