"""``mitigation-log.json``: all that was planned, selected and decided (R-ART-15, R-DEC-21)."""

from __future__ import annotations

from msgspec import Struct

from domain.artifacts import MITIGATION_LOG
from domain.execution.facts import MitigationPlanningReentered
from domain.intake.facts import MitigationNotRequired
from domain.planning.completeness import strategy_completeness
from domain.planning.facts import MitigationOptionSelected, MitigationPlanProposed
from domain.planning.plan_hash import plan_sha256
from domain.ratio import Ratio
from domain.recorded import Recorded
from projections.artifacts.content import Content
from projections.artifacts.decisions import DECIDING, log_of
from projections.artifacts.rendering import Rendering
from projections.artifacts.row import Row
from projections.plan_view import (
    OptionShown,
    RiskShown,
    SelectionShown,
    option_shown,
    risk_shown,
    selection_shown,
)
from projections.told import Text, Texts, optional_text, text, texts


class RevisionLogged(Struct, frozen=True, kw_only=True):
    """A revision of the plan as it was proposed, with all that was selected of it since."""

    revision: int
    plan_sha256: str
    by: str
    at: str
    version: int
    template: str | None
    from_version: str | None
    to_version: str | None
    premises: Texts
    constraints: Texts
    evidence: Texts
    rationale: Text | None
    options: tuple[OptionShown, ...]
    risks: tuple[RiskShown, ...]
    selections: tuple[SelectionShown, ...]


class DecisionNamed(Struct, frozen=True, kw_only=True):
    """A decision about a revision, which the decision log has in full."""

    decision_id: str
    plan_revision: int
    status: str
    option_id: str | None
    recorded_at: str | None


class Reentry(Struct, frozen=True, kw_only=True):
    """A return to planning: what was approved before it is void."""

    from_attempt: int
    cause: str
    rationale: Text
    by: str
    at: str
    version: int


class NotRequired(Struct, frozen=True, kw_only=True):
    """That nothing had to be executed (R-TRN-24)."""

    kind: str
    rationale: Text
    by: str
    at: str
    version: int


class MitigationMetrics(Struct, frozen=True, kw_only=True):
    """``strategy_completeness`` of the plan in force (R-GATE-24)."""

    revisions: int
    strategy_completeness: Ratio | None


class MitigationData(Struct, frozen=True, kw_only=True):
    """Everything that was planned and decided."""

    revisions: tuple[RevisionLogged, ...]
    decisions: tuple[DecisionNamed, ...]
    reentries: tuple[Reentry, ...]
    not_required: NotRequired | None


def content(rendering: Rendering) -> Content | None:
    """Return what was planned, None before anything was, or was said to be unnecessary."""
    if not rendering.among(MitigationPlanProposed, MitigationNotRequired):
        return None
    has_plan = rendering.incident.planning.plan is not None
    revisions = tuple(_revision(item, rendering) for item in rendering.of(MitigationPlanProposed))
    decisions = _decisions(rendering)
    return Content(
        status=_status(rendering, decisions),
        metrics=MitigationMetrics(
            revisions=len(revisions),
            strategy_completeness=strategy_completeness(rendering.incident) if has_plan else None,
        ),
        data=MitigationData(
            revisions=revisions,
            decisions=decisions,
            reentries=tuple(map(_reentry, rendering.of(MitigationPlanningReentered))),
            not_required=next(map(_not_required, rendering.of(MitigationNotRequired)), None),
        ),
    )


def _status(rendering: Rendering, decisions: tuple[DecisionNamed, ...]) -> str:
    if rendering.incident.standing.not_required:
        return "not_required"
    if decisions and decisions[-1].status == "approved":
        return "decided"
    return "proposed" if rendering.incident.planning.selected is None else "selected"


def _revision(item: Recorded[MitigationPlanProposed], rendering: Rendering) -> RevisionLogged:
    fact = item.fact
    selections = (it for it in rendering.of(MitigationOptionSelected) if it.fact.revision == fact.revision)
    return RevisionLogged(
        revision=fact.revision,
        plan_sha256=plan_sha256(fact),
        by=item.authid,
        at=item.recordedtime,
        version=item.version,
        template=fact.template,
        from_version=fact.from_version,
        to_version=fact.to_version,
        premises=texts(fact.premises),
        constraints=texts(fact.constraints),
        evidence=texts(fact.evidence),
        rationale=optional_text(fact.rationale),
        options=tuple(map(option_shown, fact.options)),
        risks=tuple(map(risk_shown, fact.risks)),
        selections=tuple(selection_shown(it, it.fact) for it in selections),
    )


def _decisions(rendering: Rendering) -> tuple[DecisionNamed, ...]:
    if not rendering.among(*DECIDING):
        return ()
    return tuple(
        DecisionNamed(
            decision_id=decision.decision_id,
            plan_revision=decision.plan_revision,
            status=decision.status,
            option_id=decision.option_id,
            recorded_at=decision.recorded_at,
        )
        for decision in log_of(rendering).decisions
    )


def _reentry(item: Recorded[MitigationPlanningReentered]) -> Reentry:
    return Reentry(
        from_attempt=item.fact.from_attempt,
        cause=item.fact.cause,
        rationale=text(item.fact.rationale),
        by=item.authid,
        at=item.recordedtime,
        version=item.version,
    )


def _not_required(item: Recorded[MitigationNotRequired]) -> NotRequired:
    return NotRequired(
        kind=item.fact.kind,
        rationale=text(item.fact.rationale),
        by=item.authid,
        at=item.recordedtime,
        version=item.version,
    )


ROWS = (
    Row(
        requirement="R-ART-15",
        name=MITIGATION_LOG,
        artifact_id="mitigation-log",
        step="2.1",
        consumers=(),
        gate="mitigation_readiness",
        render=content,
        metrics=MitigationMetrics,
        data=MitigationData,
    ),
)
