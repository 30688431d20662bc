"""``rollback-readiness-checklist.json``: what must be ready, who looked, and what still counts (R-ART-16)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from domain.artifacts import CHECKLIST
from domain.gates.criterion import Case
from domain.planning.checklist import coverage, items
from domain.planning.facts import MitigationPlanProposed, RollbackPrerequisiteVerified
from domain.ratio import Ratio
from projections.artifacts.content import Content
from projections.artifacts.rendering import Rendering
from projections.artifacts.row import Row
from projections.checklist_view import ItemShown, checklist


class ChecklistMetrics(Struct, frozen=True, kw_only=True):
    """``readiness_score`` is of the last assessment on record."""

    rollback_prerequisite_coverage: Ratio
    readiness_score: Ratio | None
    prerequisite_count: int


class ChecklistData(Struct, frozen=True, kw_only=True):
    """The items of the revision in force; ``assessed`` is the last assessment on record (R-GATE-22)."""

    plan_revision: int | None
    assessed: Literal["verified", "incomplete"] | None
    items: tuple[ItemShown, ...]


def content(rendering: Rendering) -> Content | None:
    """Return the checklist, None before there is a plan."""
    if not rendering.of(MitigationPlanProposed):
        return None
    case, planning = _case(rendering), rendering.incident.planning
    covered = coverage(items(case.incident, case.policy, case.at))
    assessed = planning.assessed
    return Content(
        status="verified" if covered.num == covered.den > 0 else "incomplete",
        metrics=ChecklistMetrics(
            rollback_prerequisite_coverage=covered,
            readiness_score=None if assessed is None else assessed.readiness_score,
            prerequisite_count=covered.den,
        ),
        data=ChecklistData(
            plan_revision=None if planning.plan is None else planning.plan.revision,
            assessed=None if assessed is None else assessed.status,
            items=checklist(rendering.of(RollbackPrerequisiteVerified), case),
        ),
    )


def _case(rendering: Rendering) -> Case:
    """Return what the checklist is judged by: where its plan was executed, as of then (R-GATE-20).

    Results expire, and what was ready when it mattered is not unready because somebody reads it later.
    """
    case, attempt, plan = (
        rendering.case,
        rendering.incident.execution.attempt,
        rendering.incident.planning.plan,
    )
    if attempt is None or plan is None or attempt.plan_revision != plan.revision:
        return case
    return replace(case, at=attempt.at)


ROWS = (
    Row(
        requirement="R-ART-16",
        name=CHECKLIST,
        artifact_id="rollback-checklist",
        step="2.2",
        consumers=(),
        gate="mitigation_readiness",
        counted=True,
        render=content,
        metrics=ChecklistMetrics,
        data=ChecklistData,
    ),
)
