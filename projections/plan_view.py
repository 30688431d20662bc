"""The plan in force: what approvals bind to, its options, its checklist, and what it lacks (R-WF-03)."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from domain.facts import Fact
from domain.flow.marks import is_clear
from domain.gates.criterion import Case
from domain.planning.checklist import coverage, items
from domain.planning.completeness import ELEMENTS, missing
from domain.planning.facts import (
    Level,
    MitigationOptionSelected,
    MitigationPlanProposed,
    OptionKind,
    PlanCheck,
    PlanOption,
    PlanRisk,
)
from domain.planning.plan import Plan
from domain.planning.plan_hash import plan_sha256
from domain.ratio import Ratio
from domain.recorded import Stamped, UnknownFact
from domain.recovery.facts import CheckKind
from projections.checklist_view import ItemShown, checklist
from projections.told import Text, Texts, optional_text, text, texts

Facts = tuple[Stamped[Fact | UnknownFact], ...]


class DependencyShown(Struct, frozen=True, kw_only=True):
    """Something an option relies on."""

    name: Text
    known: bool


class OptionShown(Struct, frozen=True, kw_only=True):
    """One way to mitigate."""

    option_id: str
    kind: OptionKind
    title: Text
    pros: Texts
    cons: Texts
    commands: Texts
    commands_count: int
    dependencies: tuple[DependencyShown, ...]
    est_duration_s: int | None


class CheckShown(Struct, frozen=True, kw_only=True):
    """Something to check once the plan is carried out."""

    check_id: str
    kind: CheckKind
    critical: bool
    title: Text | None


class RiskShown(Struct, frozen=True, kw_only=True):
    """Something that may go wrong."""

    risk: Text
    likelihood: Level
    impact: Level
    mitigation: Text | None


class SelectionShown(Struct, frozen=True, kw_only=True):
    """The chosen option and the one to fall back to."""

    option_id: str
    fallback_option_id: str | None
    by: str
    at: str
    version: int
    rationale: Text | None


class PlanRevision(Struct, frozen=True, kw_only=True):
    """A revision that was proposed."""

    revision: int
    plan_sha256: str
    by: str
    at: str
    version: int


class PlanShown(Struct, frozen=True, kw_only=True):
    """The revision in force; ``clear`` when it can be carried out and no dependency is unknown."""

    plan_id: str
    revision: int
    plan_sha256: str
    by: str
    at: str
    version: int
    clear: bool
    template: str | None
    template_sha256: str | None
    from_version: str | None
    to_version: str | None
    premises: Texts
    constraints: Texts
    evidence: Texts
    rationale: Text | None
    options: tuple[OptionShown, ...]
    risks: tuple[RiskShown, ...]
    selection: SelectionShown | None
    checklist: tuple[ItemShown, ...]
    checks: tuple[CheckShown, ...]
    readiness: Ratio


class PlanView(Struct, frozen=True, kw_only=True):
    """The plan in force, null before there is one; ``missing`` are elements of the strategy (R-GATE-24)."""

    version: int
    as_of: str
    plan: PlanShown | None
    missing: tuple[str, ...]
    elements: int
    revisions: tuple[PlanRevision, ...]


def plan_view(facts: Iterable[Stamped[Fact | UnknownFact]], case: Case) -> PlanView:
    """Return the plan of one incident, whose ``facts`` lead to the case."""
    known = tuple(facts)
    plan = case.incident.planning.plan
    return PlanView(
        version=case.incident.version,
        as_of=case.at,
        plan=None if plan is None else _plan(plan, known, case),
        missing=missing(case.incident),
        elements=len(ELEMENTS),
        revisions=tuple(_revision(i, i.fact) for i in known if isinstance(i.fact, MitigationPlanProposed)),
    )


def _plan(plan: Plan, facts: Facts, case: Case) -> PlanShown:
    fact = plan.fact
    return PlanShown(
        plan_id=fact.plan_id,
        revision=fact.revision,
        plan_sha256=plan_sha256(fact),
        by=plan.by,
        at=plan.at,
        version=plan.version,
        clear=is_clear(fact),
        template=fact.template,
        template_sha256=fact.template_sha256,
        from_version=fact.from_version,
        to_version=fact.to_version,
        premises=texts(fact.premises),
        constraints=texts(fact.constraints),
        evidence=texts(fact.evidence),
        rationale=optional_text(fact.rationale),
        options=tuple(map(option_shown, fact.options)),
        risks=tuple(map(risk_shown, fact.risks)),
        selection=_selection(facts, case),
        checklist=checklist(facts, case),
        checks=tuple(map(_check, fact.checks)),
        readiness=coverage(items(case.incident, case.policy, case.at)),
    )


def _check(check: PlanCheck) -> CheckShown:
    return CheckShown(
        check_id=check.check_id,
        kind=check.kind,
        critical=check.critical,
        title=optional_text(check.title),
    )


def option_shown(option: PlanOption) -> OptionShown:
    """Return an option as readers see it."""
    return OptionShown(
        option_id=option.option_id,
        kind=option.kind,
        title=text(option.title),
        pros=texts(option.pros),
        cons=texts(option.cons),
        commands=texts(option.commands),
        commands_count=option.commands_count,
        dependencies=tuple(DependencyShown(name=text(d.name), known=d.known) for d in option.dependencies),
        est_duration_s=option.est_duration_s,
    )


def risk_shown(risk: PlanRisk) -> RiskShown:
    """Return a risk as readers see it."""
    return RiskShown(
        risk=text(risk.risk),
        likelihood=risk.likelihood,
        impact=risk.impact,
        mitigation=optional_text(risk.mitigation),
    )


def _selection(facts: Facts, case: Case) -> SelectionShown | None:
    selected = case.incident.planning.selected
    if selected is None:
        return None
    return next(
        selection_shown(item, item.fact)
        for item in facts
        if isinstance(item.fact, MitigationOptionSelected) and item.version == selected.version
    )


def selection_shown(
    item: Stamped[Fact | UnknownFact] | Stamped[MitigationOptionSelected], fact: MitigationOptionSelected
) -> SelectionShown:
    """Return a selection as readers see it."""
    return SelectionShown(
        option_id=fact.option_id,
        fallback_option_id=fact.fallback_option_id,
        by=item.authid,
        at=item.recordedtime,
        version=item.version,
        rationale=optional_text(fact.rationale),
    )


def _revision(item: Stamped[Fact | UnknownFact], fact: MitigationPlanProposed) -> PlanRevision:
    return PlanRevision(
        revision=fact.revision,
        plan_sha256=plan_sha256(fact),
        by=item.authid,
        at=item.recordedtime,
        version=item.version,
    )
