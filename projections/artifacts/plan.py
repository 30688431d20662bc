"""``mitigation-plan.md``: the plan in force as who approves it should read it (R-ART-14, R-WF-03)."""

from __future__ import annotations

from collections.abc import Iterable

from domain.artifacts import PLAN
from projections.artifacts.banners import said_first
from projections.artifacts.content import Content
from projections.artifacts.rendering import Rendering
from projections.artifacts.row import Row
from projections.blocks import Blocks, document, heading, items, nested, numbered, paragraph
from projections.checklist_view import ItemShown
from projections.inline import foreign, listed
from projections.plan_view import (
    DependencyShown,
    OptionShown,
    PlanRevision,
    PlanShown,
    PlanView,
    RiskShown,
    plan_view,
)
from projections.report.found import began
from projections.report.summary import release
from projections.report.terms import CATEGORIES, OPTIONS, VERIFIED
from projections.spans import clock, span
from projections.told import Texts

NONE = "None is named."


def content(rendering: Rendering) -> Content | None:
    """Return the plan, None before there is one."""
    view = plan_view(rendering.facts, rendering.case)
    plan = view.plan
    if plan is None:
        return None
    filled = view.elements - len(view.missing)
    return Content(
        status="complete" if not view.missing else "incomplete",
        metrics={
            "readiness_score": {"num": plan.readiness.num, "den": plan.readiness.den},
            "risks": len(plan.risks),
            "strategy_completeness": {"num": filled, "den": view.elements},
        },
        data={
            "missing": view.missing,
            "plan_sha256": plan.plan_sha256,
            "revision": plan.revision,
            "selected_option": None if plan.selection is None else plan.selection.option_id,
        },
        body=document(
            (
                heading(1, f"Mitigation plan: {rendering.row.heading}"),
                *said_first(rendering.row),
                *_about(view, plan, began(rendering)),
                heading(2, "Premises"),
                *items(plan.premises, NONE),
                heading(2, "Constraints"),
                *items(plan.constraints, NONE),
                heading(2, "Alternatives"),
                *(block for option in plan.options for block in _alternative(option)),
                heading(2, "Decision"),
                *_decision(plan, began(rendering)),
                heading(2, "Evidence"),
                *items(plan.evidence, NONE),
                heading(2, "Risks and mitigations"),
                *items(map(_risk, plan.risks), NONE),
                heading(2, "Fallback"),
                *_fallback(plan),
                heading(2, "Commands"),
                *_commands(plan),
                heading(2, "Checklist"),
                *items(map(_item, plan.checklist), NONE),
                heading(2, "Revisions"),
                *items(_revision(one, began(rendering)) for one in view.revisions),
            )
        ),
    )


def _about(view: PlanView, plan: PlanShown, start: str) -> Blocks:
    versions = [
        f"{words} {release(version)}"
        for words, version in (("from", plan.from_version), ("to", plan.to_version))
        if version is not None
    ]
    lacking = (f"It still lacks: {listed(map(_element, view.missing))}.",) if view.missing else ()
    unclear = () if plan.clear else ("It cannot be carried out as it stands.",)
    going = (f"It goes {' '.join(versions)}.",) if versions else ()
    return (
        paragraph(
            f"Revision {plan.revision}, by {plan.by}, {clock(plan.at, start)}.",
            *going,
            f"Approvals bind to the plan with SHA-256 `{plan.plan_sha256}`.",
            *lacking,
            *unclear,
        ),
    )


def _element(name: str) -> str:
    return foreign(name.replace("_", " "))


def _alternative(option: OptionShown) -> Blocks:
    takes = "" if option.est_duration_s is None else f", about {span(option.est_duration_s * 1000)}"
    return (
        heading(3, f"{foreign(option.option_id)}: {option.title}"),
        paragraph(f"A {OPTIONS[option.kind]}{takes}."),
        *_named("For it:", option.pros),
        *_named("Against it:", option.cons),
        *_named("It relies on:", map(_dependency, option.dependencies)),
    )


def _dependency(one: DependencyShown) -> str:
    return f"{one.name}{'' if one.known else ' (NOT known)'}"


def _named(words: str, lines: Iterable[str]) -> Blocks:
    found = items(lines)
    return (paragraph(words), *found) if found else ()


def _decision(plan: PlanShown, start: str) -> Blocks:
    picked = plan.selection
    why = () if plan.rationale is None else (paragraph(f"The reasoning: “{plan.rationale}”"),)
    if picked is None:
        return (paragraph("No option is selected."), *why)
    said = "" if picked.rationale is None else f": “{picked.rationale}”"
    option = _option(plan, picked.option_id)
    return (paragraph(f"{picked.by} chose {option} at {clock(picked.at, start)}{said}"), *why)


def _option(plan: PlanShown, option_id: str) -> str:
    title = next((option.title for option in plan.options if option.option_id == option_id), None)
    return foreign(option_id) if title is None else f"**{foreign(option_id)}: {title}**"


def _risk(risk: RiskShown) -> str:
    against = "nothing is done about it" if risk.mitigation is None else f"against it: {risk.mitigation}"
    return nested(f"{risk.risk} (likelihood {risk.likelihood}, impact {risk.impact})", (against,))


def _fallback(plan: PlanShown) -> Blocks:
    picked = plan.selection
    if picked is None or picked.fallback_option_id is None:
        return (paragraph("No other option is named to fall back to."),)
    return (paragraph(f"If it does not work: {_option(plan, picked.fallback_option_id)}."),)


def _commands(plan: PlanShown) -> Blocks:
    picked = plan.selection
    chosen: Texts = next(
        (o.commands for o in plan.options if picked is not None and o.option_id == picked.option_id), ()
    )
    return numbered(tuple(f"`{line}`" for line in chosen)) or (paragraph("No command is approved."),)


def _item(item: ItemShown) -> str:
    title = item.title or foreign(item.item_id)
    by = f" by {item.said[-1].by}" if item.said else ""
    stale = ", no longer good" if item.stale else ""
    return f"{title} ({CATEGORIES[item.category]}): {VERIFIED[item.status]}{by}{stale}"


def _revision(one: PlanRevision, start: str) -> str:
    return f"Revision {one.revision}, by {one.by}, {clock(one.at, start)}: `{one.plan_sha256}`"


ROWS = (
    Row(
        requirement="R-ART-14",
        name=PLAN,
        artifact_id="mitigation-plan",
        step="2.1",
        consumers=("22",),
        gate="mitigation_readiness",
        counted=True,
        render=content,
    ),
)
