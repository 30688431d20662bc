"""The decision about the plan, folded: who gave what verdict in which role, and whether it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.decisions.facts import DecisionFact, DecisionGiven, DecisionRecorded, DecisionRequested
from domain.recorded import Stamped


class Given(Struct, frozen=True, kw_only=True):
    """A verdict of one person in one role, recorded ``at``."""

    principal: str
    role: str
    verdict: Literal["approved", "rejected"]
    option_id: str
    at: str
    version: int
    granted_by: str | None = None
    granted_at: str | None = None


class Decision(Struct, frozen=True, kw_only=True):
    """The latest decision that was requested; ``given`` by (principal, role), later verdicts last."""

    decision_id: str
    plan_revision: int
    requested_at: str
    requested: int
    given: Mapping[tuple[str, str], Given] = {}
    recorded: int = 0
    recorded_at: str | None = None
    option_id: str | None = None


def evolve(state: Decision | None, item: Stamped[DecisionFact]) -> Decision | None:
    """Return the decision after a fact; a verdict on an older decision changes nothing."""
    fact = item.fact
    match fact:
        case DecisionRequested():
            return Decision(
                decision_id=fact.decision_id,
                plan_revision=fact.plan_revision,
                requested_at=item.recordedtime,
                requested=item.version,
            )
        case DecisionGiven():
            return state if _other(state, fact.decision_id) else _given(state, fact, item)
        case DecisionRecorded():
            return state if _other(state, fact.decision_id) else _recorded(state, fact, item)
        case _:
            assert_never(fact)


def _other(state: Decision | None, decision_id: str) -> bool:
    return state is None or state.decision_id != decision_id


def _given(state: Decision | None, fact: DecisionGiven, item: Stamped[DecisionFact]) -> Decision | None:
    if state is None:
        return None
    key = (item.authid, fact.role)
    given = Given(
        principal=item.authid,
        role=fact.role,
        verdict=fact.verdict,
        option_id=fact.option_id,
        at=item.recordedtime,
        version=item.version,
        granted_by=fact.granted_by,
        granted_at=fact.granted_at,
    )
    others = {known: said for known, said in state.given.items() if known != key}
    # A decision that stood no longer does once somebody who counts rejects it.
    if fact.verdict == "rejected":
        state = replace(state, recorded=0, recorded_at=None, option_id=None)
    return replace(state, given={**others, key: given})


def _recorded(state: Decision | None, fact: DecisionRecorded, item: Stamped[DecisionFact]) -> Decision | None:
    if state is None:
        return None
    return replace(state, recorded=item.version, recorded_at=item.recordedtime, option_id=fact.option_id)
