"""A plan from a template or from its proposer's words, as one fact (R-WF-03, R-WF-34)."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from domain.context import Context
from domain.plan_template import Filled
from domain.planning.commands import (
    DependencyTold,
    ItemTold,
    OptionTold,
    PlanCheckTold,
    ProposePlan,
    RiskTold,
)
from domain.planning.facts import (
    Dependency,
    MitigationPlanProposed,
    PlanCheck,
    PlanItem,
    PlanOption,
    PlanRisk,
)
from domain.prose import Prose, prose
from domain.refusal import Refusal
from domain.template_filling import Missing, fill
from domain.template_parts import ChecklistItem
from domain.text import code

SHORTHANDS = ("to_version", "from_version", "service")
"""Fields of the command that are variables of templates too, where a template has them."""


class Content(Struct, frozen=True, kw_only=True):
    """What a plan says, in clear: from the template, with what the proposer says instead."""

    premises: tuple[str, ...]
    constraints: tuple[str, ...]
    evidence: tuple[str, ...]
    options: tuple[OptionTold, ...]
    risks: tuple[RiskTold, ...]
    checklist: tuple[ItemTold, ...]
    checks: tuple[PlanCheckTold, ...]
    select: str | None
    fallback: str | None
    rationale: str | None


def filled_template(command: ProposePlan, context: Context) -> Filled | Refusal | None:
    """Return the named template with its variables put in, None where none is named."""
    if command.template is None:
        return None
    if context.template is None:
        return Refusal(
            code="TEMPLATE_UNKNOWN",
            message="there is no such plan template",
            place="template",
            expected="the name of a file in config/plans",
            found=command.template,
        )
    if refusal := _contradiction(command):
        return refusal
    filled = fill(context.template.template, _variables(command, context.template.template.variables))
    return _unfilled(filled) if isinstance(filled, Missing) else filled


def content(command: ProposePlan, filled: Filled | None) -> Content:
    """Return what the plan says; each field that the proposer gives takes the place of the template's."""
    return Content(
        premises=command.premises or (filled.premises if filled else ()),
        constraints=command.constraints or (filled.constraints if filled else ()),
        evidence=command.evidence or (filled.evidence if filled else ()),
        options=command.options or _options(filled),
        risks=command.risks or _risks(filled),
        checklist=command.checklist or _checklist(filled),
        checks=command.checks or _checks(filled),
        select=command.select or (filled.select if filled and not command.options else None),
        fallback=command.fallback or (filled.fallback if filled and not command.options else None),
        rationale=command.rationale or (filled.rationale if filled else None),
    )


def proposed(said: Content, command: ProposePlan, context: Context, revision: int) -> MitigationPlanProposed:
    """Return the fact: kinds, counts and categories in clear, every word to be sealed."""
    return MitigationPlanProposed(
        plan_id=context.ids[0],
        revision=revision,
        options=tuple(map(_option, said.options)),
        premises=_list(said.premises),
        constraints=_list(said.constraints),
        evidence=_list(said.evidence),
        rationale=None if said.rationale is None else prose(said.rationale),
        risks=tuple(map(_risk, said.risks)),
        checklist=tuple(map(_item, said.checklist)),
        checks=tuple(map(_check, said.checks)),
        template=command.template and code(command.template),
        template_sha256=None if context.template is None else context.template.sha256,
        from_version=_version(command, "from_version"),
        to_version=_version(command, "to_version"),
    )


def _variables(command: ProposePlan, wanted: Mapping[str, object]) -> Mapping[str, str]:
    short = {name: getattr(command, name) for name in SHORTHANDS if name in wanted}
    return {name: value for name, value in short.items() if value is not None} | command.variables


def _contradiction(command: ProposePlan) -> Refusal | None:
    """Return a refusal where a field and the variable of its name say different things."""
    for name in SHORTHANDS:
        told, variable = getattr(command, name), command.variables.get(name)
        if None not in (told, variable) and told != variable:
            return Refusal(
                code="TEMPLATE_NOT_FILLED",
                message=f"{name} is said twice, and differently",
                place=f"variables.{name}",
                expected=told,
                found=variable,
            )
    return None


def _version(command: ProposePlan, name: str) -> str | None:
    """Return a version as the commands of the plan have it, from wherever it was given."""
    told: str | None = _variables(command, {name: None}).get(name)
    return None if told is None or not told.strip() else code(told)


def _unfilled(found: Missing) -> Refusal:
    if found.missing:
        expected, told = "a value for " + ", ".join(found.missing), "none"
    else:
        expected, told = "variables of the template", ", ".join(found.unknown)
    return Refusal(
        code="TEMPLATE_NOT_FILLED",
        message="the template's variables do not fit",
        place="variables",
        expected=expected,
        found=told,
    )


def _options(filled: Filled | None) -> tuple[OptionTold, ...]:
    return tuple(
        OptionTold(
            option_id=option.id,
            kind=option.kind,
            title=option.title,
            pros=option.pros,
            cons=option.cons,
            commands=option.commands,
            dependencies=tuple(DependencyTold(name=d.name, known=d.known) for d in option.dependencies),
            est_duration_s=option.est_duration_s,
        )
        for option in (filled.options if filled else ())
    )


def _risks(filled: Filled | None) -> tuple[RiskTold, ...]:
    return tuple(
        RiskTold(risk=r.risk, mitigation=r.mitigation, likelihood=r.likelihood, impact=r.impact)
        for r in (filled.risks if filled else ())
    )


def _checklist(filled: Filled | None) -> tuple[ItemTold, ...]:
    return tuple(map(_item_told, filled.checklist if filled else ()))


def _item_told(item: ChecklistItem) -> ItemTold:
    return ItemTold(
        item_id=item.id,
        category=item.category,
        title=item.title,
        source_protocol=item.source_protocol,
        bound=item.bound,
    )


def _checks(filled: Filled | None) -> tuple[PlanCheckTold, ...]:
    return tuple(
        PlanCheckTold(check_id=check.id, kind=check.kind, critical=check.critical, title=check.title)
        for check in (filled.checks if filled else ())
    )


def _check(told: PlanCheckTold) -> PlanCheck:
    return PlanCheck(
        check_id=told.check_id,
        kind=told.kind,
        critical=told.critical,
        title=None if told.title is None else prose(told.title),
    )


def _option(told: OptionTold) -> PlanOption:
    return PlanOption(
        option_id=told.option_id,
        kind=told.kind,
        title=prose(told.title),
        pros=_list(told.pros),
        cons=_list(told.cons),
        commands=_list(told.commands),
        commands_count=len(told.commands),
        dependencies=tuple(Dependency(name=prose(d.name), known=d.known) for d in told.dependencies),
        est_duration_s=told.est_duration_s,
    )


def _risk(told: RiskTold) -> PlanRisk:
    return PlanRisk(
        risk=prose(told.risk),
        likelihood=told.likelihood,
        impact=told.impact,
        mitigation=None if told.mitigation is None else prose(told.mitigation),
    )


def _item(told: ItemTold) -> PlanItem:
    return PlanItem(
        item_id=told.item_id,
        category=told.category,
        title=None if told.title is None else prose(told.title),
        source_protocol=told.source_protocol,
        bound=told.bound,
    )


def _list(texts: tuple[str, ...]) -> Prose | None:
    """Return texts as one sealed list: one commitment says as much as many, and takes less room."""
    return prose(list(texts)) if texts else None
