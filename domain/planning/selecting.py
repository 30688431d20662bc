"""Selecting one of the plan's options (R-STEP-23, R-WF-04)."""

from __future__ import annotations

from domain.context import Context
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.plan_template import TEMPORARY
from domain.planning.commands import SelectOption
from domain.planning.facts import MitigationOptionSelected
from domain.planning.plan import option
from domain.prose import prose
from domain.refusal import Refusal


def select(state: Incident, command: SelectOption, _context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return the selection among the options of the revision in force."""
    plan = state.planning.plan
    if plan is None:
        return no_plan()
    for place, named in (("option", command.option), ("fallback", command.fallback)):
        if named is not None and option(state.planning, named) is None:
            return no_option(place, named, [item.option_id for item in plan.fact.options])
    picked, back = option(state.planning, command.option), option(state.planning, command.fallback)
    if picked is not None and picked.kind in TEMPORARY and (back is None or back.kind != "rollback"):
        return no_fallback(picked.kind, command.fallback)
    return (
        MitigationOptionSelected(
            revision=plan.revision,
            option_id=command.option,
            fallback_option_id=command.fallback,
            rationale=prose(command.rationale),
        ),
    )


def no_plan() -> Refusal:
    """Return the refusal that there is no plan."""
    return Refusal(code="NO_PLAN", message="nothing is planned yet", expected="a plan", found="none")


def no_option(place: str, named: str, options: list[str]) -> Refusal:
    """Return the refusal of an option that the plan does not have."""
    return Refusal(
        code="OPTION_UNKNOWN",
        message="the plan has no such option",
        place=place,
        expected="one of " + ", ".join(options),
        found=named,
    )


def no_fallback(kind: str, named: str | None) -> Refusal:
    """Return the refusal of an option that leaves no way back."""
    return Refusal(
        code="FALLBACK_MISSING",
        message=f"a {kind} needs a rollback to fall back to",
        place="fallback",
        expected="the id of an option of kind rollback",
        found=named or "none",
    )
