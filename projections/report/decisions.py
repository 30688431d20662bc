"""Decision and approvals: what was chosen and why, who approved it, and who had given them that right."""

from __future__ import annotations

from collections.abc import Iterable

from domain.crew.crew import COMMANDER
from domain.intake.facts import MitigationNotRequired
from projections.artifacts.rendering import Rendering
from projections.blocks import Blocks, heading, items, paragraph
from projections.decision_log import DecisionShown, DecisionVerdict, decision_log
from projections.inline import foreign, role, said
from projections.plan_view import OptionShown, PlanShown, plan_view
from projections.report.found import began, found
from projections.report.terms import OPTIONS
from projections.spans import clock, day, span
from projections.waivers import WaiverShown

UNSIGNED = (
    "Approvals that are not marked as signed rest on who was logged in: nobody put a signature of their own"
    " under them."
)


def blocks(rendering: Rendering) -> Blocks:
    """Return the plan that was chosen, every verdict on every plan, and every waiver."""
    plan = plan_view(rendering.facts, rendering.case).plan
    log = decision_log(rendering.facts, rendering.case)
    several = len(log.decisions) > 1
    return (
        *_not_required(rendering),
        *(() if plan is None else _chosen(plan)),
        *(block for one in log.decisions for block in _decision(one, began(rendering), several=several)),
        *_waivers(log.waivers, began(rendering)),
    )


def _not_required(rendering: Rendering) -> Blocks:
    return tuple(
        paragraph(f"{item.authid} decided that nothing had to be done: {said(fact.rationale)}")
        for item, fact in found(rendering, MitigationNotRequired)
    )


def _chosen(plan: PlanShown) -> Blocks:
    picked = plan.selection
    if picked is None:
        return (paragraph("No option was selected."), *items(map(_option, plan.options)))
    why = "." if picked.rationale is None else f": “{picked.rationale}”"
    reason = () if plan.rationale is None else (paragraph(f"The reasoning: “{plan.rationale}”"),)
    options = {option.option_id: option for option in plan.options}
    title = options[picked.option_id].title if picked.option_id in options else foreign(picked.option_id)
    others = (option for option in plan.options if option.option_id != picked.option_id)
    return (
        paragraph(f"{picked.by} chose **{title}**{why}"),
        *reason,
        paragraph("Also considered:"),
        *items((_other(option, picked.fallback_option_id) for option in others), "no other way."),
    )


def _other(option: OptionShown, fallback: str | None) -> str:
    return _option(option) + ("; to fall back to" if option.option_id == fallback else "")


def _option(option: OptionShown) -> str:
    return f"{option.title} ({OPTIONS[option.kind]})"


def _decision(one: DecisionShown, start: str, *, several: bool) -> Blocks:
    title = f"Approvals of revision {one.plan_revision} of the plan" if several else "Approvals"
    verdicts = (_verdict(verdict, start) for verdict in one.verdicts)
    unsigned = any(not verdict.signed for verdict in one.verdicts)
    return (
        heading(3, title),
        *items((*verdicts, *_outcome(one, start))),
        *((paragraph(UNSIGNED),) if unsigned else ()),
    )


def _verdict(verdict: DecisionVerdict, start: str) -> str:
    return (
        f"{verdict.principal} {verdict.verdict} it as {role(verdict.role)} at {clock(verdict.at, start)}:"
        f" “{verdict.rationale}”"
        f" {held(verdict.role, verdict.granted_by, verdict.granted_at, verdict.granted_before_ms)}"
        f"{' Signed with their own key.' if verdict.signed else ''}"
    )


def held(role_name: str, granted_by: str | None, granted_at: str | None, before_ms: int | None) -> str:
    """Return who had given somebody the role by which they approved, and how long before."""
    if granted_by is not None and granted_at is not None and before_ms is not None:
        return f"The role was given by {granted_by} on {day(granted_at)}, {span(before_ms)} before."
    if role_name == COMMANDER:
        return "The role comes with leading this incident."
    return "Nobody's grant of this role is on record: it comes with administering the ledger."


def _outcome(one: DecisionShown, start: str) -> Iterable[str]:
    if one.recorded_at is not None:
        took = (
            ""
            if one.approval_latency_ms is None
            else f", {span(one.approval_latency_ms)} after it was asked for"
        )
        yield f"The decision was made at {clock(one.recorded_at, start)}{took}"
    else:
        yield "No decision was made"
    if one.voided is not None:
        cause = "the plan changed" if one.voided.cause == "plan_revised" else "the severity rose"
        yield f"It has been void since {clock(one.voided.at, start)}, because {cause}"


def _waivers(asked: tuple[WaiverShown, ...], start: str) -> Blocks:
    if not asked:
        return (paragraph("No rule was waived."),)
    return (heading(3, "Waivers"), *items(_waiver(waiver, start) for waiver in asked))


def _waiver(waiver: WaiverShown, start: str) -> str:
    said_by = "".join(
        f" {v.principal} {v.verdict} it as {role(v.role)} at {clock(v.at, start)}: “{v.rationale}”"
        f" {held(v.role, v.granted_by, v.granted_at, v.granted_before_ms)}"
        for v in waiver.verdicts
    )
    because = "".join(
        f" {name}: “{words}”"
        for name, words in (
            ("The risk", waiver.risk_assessment),
            ("The plan for the rest", waiver.recovery_plan),
            ("On condition", waiver.conditions),
        )
        if words is not None
    )
    return (
        f"{waiver.requested_by} asked at {clock(waiver.requested_at, start)} to go on without"
        f" {', '.join(map(foreign, waiver.criteria))}: “{waiver.justification}”{because}"
        f" It is {waiver.status}, good until {clock(waiver.expires_at, start)}.{said_by}"
    )
