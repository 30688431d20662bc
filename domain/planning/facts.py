"""Facts about plans and whether a rollback is ready (R-EVT-15, R-WF-03).

Whatever a rule needs of a plan stands here in clear (kinds, counts, categories); its words are sealed.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.classified import Code, Count, Hash, Id, Timestamp
from domain.prose import Prose
from domain.ratio import Ratio
from domain.recovery.facts import CheckKind

OptionKind = Literal["rollback", "feature_flag", "hotfix", "other"]
Level = Literal["low", "medium", "high"]
ItemCategory = Literal["script", "backup", "prerequisite", "dependency", "credential", "rehearsal"]
Result = Literal["verified", "failed", "not_applicable"]


class Dependency(Struct, frozen=True, kw_only=True):
    """Something an option relies on, and whether its state is known."""

    name: Prose
    known: bool


class PlanOption(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One way to mitigate; its ``commands`` are a sealed list of ``commands_count`` lines."""

    option_id: Code
    kind: OptionKind
    title: Prose
    pros: Prose | None = None
    cons: Prose | None = None
    commands: Prose | None = None
    commands_count: Count = 0
    dependencies: tuple[Dependency, ...] = ()
    est_duration_s: Count | None = None


class PlanRisk(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that may go wrong, and what is done about it."""

    risk: Prose
    likelihood: Level
    impact: Level
    mitigation: Prose | None = None


class PlanItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something to verify before a rollback; with ``bound`` again for each revision of the plan."""

    item_id: Code
    category: ItemCategory
    title: Prose | None = None
    source_protocol: Code | None = None
    bound: bool = False


class PlanCheck(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something to check once the plan is carried out; a failing ``critical`` one is no recovery."""

    check_id: Code
    kind: CheckKind
    critical: bool = False
    title: Prose | None = None


class MitigationPlanProposed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A revision of the plan, whole; it replaces the one before and voids what was approved of that."""

    plan_id: Id
    revision: Count
    options: tuple[PlanOption, ...]
    premises: Prose | None = None
    constraints: Prose | None = None
    evidence: Prose | None = None
    rationale: Prose | None = None
    risks: tuple[PlanRisk, ...] = ()
    checklist: tuple[PlanItem, ...] = ()
    checks: tuple[PlanCheck, ...] = ()
    template: Code | None = None
    template_sha256: Hash | None = None
    from_version: Code | None = None
    to_version: Code | None = None


class MitigationOptionSelected(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The option to take, and the one to fall back to (R-WF-04)."""

    revision: Count
    option_id: Code
    fallback_option_id: Code | None = None
    rationale: Prose | None = None


class RollbackPrerequisiteVerified(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came of verifying an item of the checklist, by ``role``; good until ``expires_at``.

    ``source`` is *person*, or ``template:`` and the plan template that states it.
    """

    item_id: Code
    category: ItemCategory
    result: Result
    role: Code
    source: Code
    expires_at: Timestamp
    justification: Prose | None = None


class RollbackReadinessAssessed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much of the checklist is verified for a revision: follows from the items (R-GATE-20, R-GATE-22)."""

    plan_revision: Count
    readiness_score: Ratio
    status: Literal["verified", "incomplete"]


PlanningFact = (
    MitigationPlanProposed
    | MitigationOptionSelected
    | RollbackPrerequisiteVerified
    | RollbackReadinessAssessed
)
