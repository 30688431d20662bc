"""Calls up the chain: who was called, by when they had to answer, and who did (R-TRN-22, R-COM-33)."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from domain.facts import Fact
from domain.flow.facts import EscalationAcknowledged, EscalationRaised
from domain.recorded import Stamped, UnknownFact
from projections.told import Text, text


class EscalationShown(Struct, frozen=True, kw_only=True):
    """A call up the chain."""

    id: str
    level: int
    to_role: str
    rationale: Text
    by: str
    raised_at: str
    due_at: str
    acknowledged_by: str | None
    acknowledged_at: str | None
    overdue: bool


def escalation_log(facts: Iterable[Stamped[Fact | UnknownFact]], at: str) -> tuple[EscalationShown, ...]:
    """Return every call, in order, as of recorded time ``at``."""
    facts = tuple(facts)
    answers = {i.fact.escalation_id: i for i in facts if isinstance(i.fact, EscalationAcknowledged)}
    return tuple(
        _escalation(item, item.fact, answers.get(item.fact.escalation_id), at)
        for item in facts
        if isinstance(item.fact, EscalationRaised)
    )


def _escalation(
    item: Stamped[Fact | UnknownFact],
    fact: EscalationRaised,
    answer: Stamped[Fact | UnknownFact] | None,
    at: str,
) -> EscalationShown:
    return EscalationShown(
        id=fact.escalation_id,
        level=fact.level,
        to_role=fact.to_role,
        rationale=text(fact.rationale),
        by=item.authid,
        raised_at=item.recordedtime,
        due_at=fact.due_at,
        acknowledged_by=None if answer is None else answer.authid,
        acknowledged_at=None if answer is None else answer.recordedtime,
        overdue=(at if answer is None else answer.recordedtime) > fact.due_at,
    )
