"""What keeps a plan from being carried out: unclear, incomplete, unverified, not selected, not approved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from domain.crew.crew import COMMANDER
from domain.decisions.approvals import approvals, current, matched, rejections, required_roles
from domain.flow.marks import is_clear
from domain.gates.board import light
from domain.gates.facts import Gate
from domain.planning.checklist import Standing, items
from domain.planning.completeness import missing, strategy_completeness
from domain.ratio import at_least, of_decimal
from projections.blocker import Blocker, blocker
from projections.blocking_agreement import scope_fields
from projections.look import Look
from projections.waivers import status, waits_for

TEMPLATE: Mapping[str, Any] = {"template": "rollback", "to_version": "1.2.3"}


def no_plan(look: Look) -> Iterable[Blocker]:
    """Yield that there is no plan."""
    if look.incident.planning.plan is None:
        yield blocker(look, "NO_PLAN", "Nothing is planned yet.", "propose-plan", **TEMPLATE)


def unclear(look: Look) -> Iterable[Blocker]:
    """Yield why the plan cannot be carried out as it is."""
    plan = look.incident.planning.plan
    if plan is None or is_clear(plan.fact):
        return
    unknown = sum(not item.known for option in plan.fact.options for item in option.dependencies)
    why = f"{unknown} of its dependencies are unknown" if unknown else "none of its options has commands"
    yield blocker(look, "MITIGATION_UNCLEAR", f"The plan is unclear: {why}.", "propose-plan", **TEMPLATE)


def incomplete(look: Look) -> Iterable[Blocker]:
    """Yield what the strategy lacks, as far as the policy does not let it pass."""
    lacking = missing(look.incident)
    wanted = of_decimal(look.policy.gates.mitigation_readiness.strategy_completeness)
    enough = at_least(strategy_completeness(look.incident), wanted)
    if look.incident.planning.plan is not None and not enough:
        yield blocker(
            look, "PLAN_INCOMPLETE", f"The plan lacks {', '.join(lacking)}.", "propose-plan", **TEMPLATE
        )


def unverified(look: Look) -> Iterable[Blocker]:
    """Yield each item of the checklist that is not verified, and why."""
    for item in items(look.incident, look.policy, look.at):
        if item.counts and not item.verified:
            yield blocker(
                look,
                "ROLLBACK_PREREQ_UNMET",
                f"Item {item.item_id} of the rollback checklist ({item.category}) {_why(item)}.",
                "verify-item",
                item=item.item_id,
            )


def unselected(look: Look) -> Iterable[Blocker]:
    """Yield that no option of the plan is selected."""
    plan = look.incident.planning.plan
    if plan is None or look.incident.planning.selected is not None:
        return
    options = [option.option_id for option in plan.fact.options]
    fields: Mapping[str, Any] = {"option": options[0]} if options else {}
    yield blocker(
        look,
        "NOTHING_SELECTED",
        f"No option of the plan is selected ({', '.join(options)}).",
        "select-option",
        who=(COMMANDER,),
        **fields,
    )


def unknown_compliance(look: Look) -> Iterable[Blocker]:
    """Yield that nobody said whether regulated data or customers are concerned (R-PRE-22)."""
    scope = look.incident.severity.scope
    if scope is None or None in (scope.fact.regulated_data, scope.fact.customer_notification):
        yield blocker(
            look,
            "COMPLIANCE_UNKNOWN",
            "Nobody has said whether regulated data or customers are concerned.",
            "confirm-scope",
            who=(COMMANDER,),
            **scope_fields(look),
        )


def rejected(look: Look) -> Iterable[Blocker]:
    """Yield each rejection that stands."""
    for given in rejections(look.incident, look.policy):
        yield blocker(
            look,
            "PLAN_REJECTED",
            f"{given.principal} rejected the plan as {given.role}: revise it, or let them approve it.",
            "propose-plan",
            **TEMPLATE,
        )


def unapproved(look: Look) -> Iterable[Blocker]:
    """Yield each role whose approval is missing; people count once, in one role (R-ROL-08)."""
    plan, selected = look.incident.planning.plan, look.incident.planning.selected
    if plan is None or selected is None or current(look.incident) is None:
        return
    wanted = required_roles(look.incident, look.policy)
    covered = matched(wanted, approvals(look.incident), look.incident)
    taken = set(covered.values())
    for role in wanted:
        if role not in covered:
            free = [who for who in look.holders(role) if who not in taken]
            alone = "" if free else "; nobody else holds it, so grant it to somebody (grant-role)"
            yield blocker(
                look,
                "APPROVAL_MISSING",
                f"Revision {plan.revision} lacks the approval of {role}{alone}.",
                "approve",
                who=(role,),
                revision=plan.revision,
                role=role,
            )


def undecided_waiver(gate: Gate, look: Look) -> Iterable[Blocker]:
    """Yield each role for whose verdict a failed gate waits, where a waiver can still be decided."""
    shown = light(look.incident, gate, look.at)
    waiver = shown.waiver
    # An expired one shows as pending as well (R-DEC-26), but nobody can decide it any more.
    if shown.state != "WAIVER_PENDING" or waiver is None:
        return
    if status(look.incident, waiver, look.at) != "pending":
        return
    for role in waits_for(look.incident, waiver):
        yield blocker(
            look,
            "WAIVER_UNDECIDED",
            f"Waiver {waiver.fact.waiver_id} waits for {role}.",
            "decide-waiver",
            who=(role,),
            waiver=waiver.fact.waiver_id,
            role=role,
        )


def _why(item: Standing) -> str:
    if item.stale:
        return "was verified, but that expired or was of an older revision"
    return "failed" if item.status == "failed" else "is not verified"
