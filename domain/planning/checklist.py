"""Which items must be verified before a rollback, and which are (R-GATE-20, R-WF-04, R-WF-05)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

from msgspec import Struct

from domain.crew.crew import COMMANDER
from domain.incident_state import Incident
from domain.planning.facts import ItemCategory, PlanItem, Result
from domain.planning.plan import Plan, Verification, chosen
from domain.policy import Policy
from domain.ratio import Ratio

RELEASE_MANAGER = "release_manager"


class Standing(Struct, frozen=True, kw_only=True):
    """How one item stands: *verified*, or why not."""

    item_id: str
    category: ItemCategory
    status: Result | None
    stale: bool = False

    @property
    def counts(self) -> bool:
        """Whether it is one of those that must be verified."""
        return self.status != "not_applicable"

    @property
    def verified(self) -> bool:
        """Whether it is."""
        return self.status == "verified" and not self.stale


def items(incident: Incident, policy: Policy, at: str) -> tuple[Standing, ...]:
    """Return every item of the plan as of recorded time ``at``, and one for each category without any.

    The categories of the policy are owed for every kind of option: what cannot be rolled back has
    a rollback to fall back to (R-WF-04).
    """
    plan = incident.planning.plan
    if plan is None:
        return ()
    return tuple(_standing(item, plan, incident, at) for item in listed(incident, policy))


def listed(incident: Incident, policy: Policy) -> tuple[PlanItem, ...]:
    """Return the items of the plan, and one for each category of the policy that it has none of."""
    plan = incident.planning.plan
    if plan is None:
        return ()
    had = {item.category for item in plan.fact.checklist}
    wanted = set(policy.gates.mitigation_readiness.required_items)
    option = chosen(incident.planning)
    if option is not None and option.kind == "rollback":
        wanted |= {"backup"}  # whatever a policy asks for (R-WF-05)
    lacking = [category for category in get_args(ItemCategory) if category in wanted and category not in had]
    owed = (PlanItem(item_id=category, category=category) for category in lacking)
    return (*plan.fact.checklist, *owed)


def coverage(standing: tuple[Standing, ...]) -> Ratio:
    """Return verified of required items; nothing of nothing where none is required."""
    required = [item for item in standing if item.counts]
    return Ratio(sum(item.verified for item in required), len(required))


def _standing(item: PlanItem, plan: Plan, incident: Incident, at: str) -> Standing:
    said = [*incident.planning.results.get(item.item_id, {}).values()]
    fresh = [word for word in said if not _is_stale(item, word, plan, at)]
    if any(word.by_person for word in fresh):
        # What a template states beforehand gives way to who has looked.
        said, fresh = ([word for word in words if word.by_person] for words in (said, fresh))
    if _is_not_applicable(item, fresh, incident):
        return Standing(item_id=item.item_id, category=item.category, status="not_applicable")
    latest = next((word for word in said[::-1] if word.result != "not_applicable"), None)
    if latest is None:
        return Standing(item_id=item.item_id, category=item.category, status=None)
    stale = _is_stale(item, latest, plan, at)
    return Standing(item_id=item.item_id, category=item.category, status=latest.result, stale=stale)


def _is_stale(item: PlanItem, word: Verification, plan: Plan, at: str) -> bool:
    """Return whether a word is no longer good: expired, or bound to an earlier revision."""
    return word.expires_at <= at or (item.bound and word.version < plan.version)


def _is_not_applicable(item: PlanItem, said: Iterable[Verification], incident: Incident) -> bool:
    """Return whether all say so who must: the commander, for a rollback's backup also release management."""
    by = {word.role for word in said if word.result == "not_applicable" and word.justified}
    option = chosen(incident.planning)
    no_data_at_stake = item.category == "backup" and (option is None or option.kind == "rollback")
    return by >= ({COMMANDER, RELEASE_MANAGER} if no_data_at_stake else {COMMANDER})
