"""The plan in force and what is known about carrying it out, folded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.planning.facts import (
    ItemCategory,
    MitigationOptionSelected,
    MitigationPlanProposed,
    PlanningFact,
    PlanOption,
    Result,
    RollbackPrerequisiteVerified,
    RollbackReadinessAssessed,
)
from domain.recorded import Stamped


class Verification(Struct, frozen=True, kw_only=True):
    """One result for one item of the checklist."""

    category: ItemCategory
    result: Result
    role: str
    by: str
    by_person: bool
    justified: bool
    expires_at: str
    version: int


class Selection(Struct, frozen=True, kw_only=True):
    """The chosen option of the revision in force."""

    option_id: str
    fallback_option_id: str | None
    version: int


class Plan(Struct, frozen=True, kw_only=True):
    """The revision in force, recorded ``at`` in ``version`` of the stream, by ``by``."""

    fact: MitigationPlanProposed
    at: str
    version: int
    by: str

    @property
    def revision(self) -> int:
        """Its number, from 1."""
        return self.fact.revision


class Planning(Struct, frozen=True, kw_only=True):
    """The state of planning. ``results`` holds, for each item, what each person and template last said."""

    plan: Plan | None = None
    selected: Selection | None = None
    results: Mapping[str, Mapping[str, Verification]] = {}
    assessed: RollbackReadinessAssessed | None = None


def evolve(state: Planning, item: Stamped[PlanningFact]) -> Planning:
    """Return the state after a fact."""
    fact = item.fact
    match fact:
        case MitigationPlanProposed():
            plan = Plan(fact=fact, at=item.recordedtime, version=item.version, by=item.authid)
            return replace(state, plan=plan, selected=None, assessed=None)
        case MitigationOptionSelected():
            return replace(state, selected=_selection(fact, item.version))
        case RollbackPrerequisiteVerified():
            return _verified(state, fact, item)
        case RollbackReadinessAssessed():
            return replace(state, assessed=fact)
        case _:
            assert_never(fact)


def option(state: Planning, option_id: str | None) -> PlanOption | None:
    """Return an option of the revision in force."""
    options = state.plan.fact.options if state.plan is not None else ()
    return next((item for item in options if item.option_id == option_id), None)


def chosen(state: Planning) -> PlanOption | None:
    """Return the selected option of the revision in force."""
    return None if state.selected is None else option(state, state.selected.option_id)


def _selection(fact: MitigationOptionSelected, version: int) -> Selection:
    return Selection(option_id=fact.option_id, fallback_option_id=fact.fallback_option_id, version=version)


def _verified(state: Planning, fact: RollbackPrerequisiteVerified, item: Stamped[PlanningFact]) -> Planning:
    result = Verification(
        category=fact.category,
        result=fact.result,
        role=fact.role,
        by=item.authid,
        by_person=fact.source == "person",
        justified=fact.justification is not None,
        expires_at=fact.expires_at,
        version=item.version,
    )
    # Last in the mapping is last in time: a person's newer word goes behind everybody's older one.
    # What a template says is nobody's word, though somebody used it.
    speaker = item.authid if result.by_person else fact.source
    others = {who: said for who, said in state.results.get(fact.item_id, {}).items() if who != speaker}
    return replace(state, results={**state.results, fact.item_id: {**others, speaker: result}})
