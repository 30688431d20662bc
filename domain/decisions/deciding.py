"""Approving and rejecting a revision of the plan (R-STEP-23, R-ROL-25)."""

from __future__ import annotations

from typing import Literal

from domain.context import Context
from domain.crew.crew import COMMANDER, held_here, roles_of
from domain.decisions.approvals import approvals, current, matched, rejections, required_roles
from domain.decisions.commands import ApprovePlan, RejectPlan, SignedStatement
from domain.decisions.decision import Given
from domain.decisions.facts import Attestation, DecisionGiven
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.moment import timestamp
from domain.planning.plan_hash import plan_sha256
from domain.planning.selecting import no_plan
from domain.policies import policy_of
from domain.prose import prose
from domain.refusal import Refusal
from domain.roles import Held


def approve(state: Incident, command: ApprovePlan, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return the approval, bound to the hash of exactly this revision."""
    return _give(state, command, context, "approved")


def reject(state: Incident, command: RejectPlan, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return the rejection; it stands until the same person approves or the plan is revised."""
    return _give(state, command, context, "rejected")


def _give(
    state: Incident,
    command: ApprovePlan | RejectPlan,
    context: Context,
    verdict: Literal["approved", "rejected"],
) -> tuple[IncidentFact, ...] | Refusal:
    plan, decision, selected = state.planning.plan, current(state), state.planning.selected
    if plan is None or decision is None:
        return no_plan()
    if selected is None:
        return _none_selected()
    seen = plan_sha256(plan.fact)
    if refusal := _other_plan(command, plan.revision, seen):
        return refusal
    role = _role(state, command.role, context, verdict)
    if isinstance(role, Refusal):
        return role
    held = how_held(state, context, role)
    return (
        DecisionGiven(
            decision_id=decision.decision_id,
            verdict=verdict,
            role=role,
            plan_revision=plan.revision,
            plan_sha256=seen,
            option_id=selected.option_id,
            rationale=prose(command.rationale),
            granted_by=None if held is None else held.granted_by,
            granted_at=None if held is None else held.granted_at,
            attestation=attestation_of(command.attestation),
        ),
    )


def invalid_attestation(place: str, expected: str, found: str) -> Refusal:
    """Return the refusal of a signature that does not stand for the decision; who has the keys checks it."""
    return Refusal(
        code="ATTESTATION_INVALID",
        message="the signature does not stand for this decision",
        place=place,
        expected=expected,
        found=found,
    )


def attestation_of(signed: SignedStatement | None) -> Attestation | None:
    """Return a signature as facts have it, None where there is none."""
    return None if signed is None else Attestation(statement=signed.statement, signature=signed.signature)


def how_held(state: Incident, context: Context, role: str) -> Held | None:
    """Return by whose grant the asker holds a role; None for the commander, and for the home's own token."""
    return held_here(state.crew, context.principal.id, role) or (
        None if role == COMMANDER else context.held.get(role)
    )


def role_among(
    state: Incident, wanted: tuple[str, ...], named: str | None, taken: dict[str, str], context: Context
) -> str | Refusal:
    """Return the role in which the asker decides: the named one, else the first that lacks somebody.

    ``taken`` is role -> person of what is covered already.
    """
    mine = [role for role in wanted if role in roles_of(state.crew, context.principal)]
    if named is not None and named in wanted and named not in mine:
        mine = []
    fitting = [role for role in mine if named in (None, role)]
    if fitting:
        return next((role for role in fitting if role not in taken), fitting[0])
    held = ", ".join(roles_of(state.crew, context.principal)) or "no role"
    unasked = named is not None and named not in wanted
    return Refusal(
        code="ROLE_NOT_ASKED" if unasked else "ROLE_MISSING",
        message="deciding this takes one of the roles that must agree, held by you",
        place="role",
        expected="one of " + ", ".join(wanted) if named is None or unasked else named,
        found=named if named is not None and unasked else held,
    )


def _role(state: Incident, named: str | None, context: Context, verdict: str) -> str | Refusal:
    wanted = required_roles(state, policy_of(context))
    given = approvals(state)
    before = matched(wanted, given, state)
    role = role_among(state, wanted, named, dict(before), context)
    if isinstance(role, Refusal) or verdict == "rejected":
        return role
    who = context.principal.id
    mine = Given(
        principal=who,
        role=role,
        verdict="approved",
        option_id="",
        at=timestamp(context.now),
        version=state.version + 1,
    )
    stands = len(matched(wanted, (*given, mine), state)) > len(before)
    rejected = any(item.principal == who for item in rejections(state, policy_of(context)))
    return role if stands or rejected else _adds_nothing(role, who)


def _adds_nothing(role: str, who: str) -> Refusal:
    return Refusal(
        code="APPROVAL_NOT_DISTINCT",
        message="everybody counts once: this approval adds nothing to what is there",
        place="role",
        expected="another person, or a role that still lacks one",
        found=f"{who} as {role}",
    )


def _none_selected() -> Refusal:
    return Refusal(
        code="NOTHING_SELECTED",
        message="no option of the plan is selected yet",
        expected="select-option by the commander",
        found="none",
    )


def _other_plan(command: ApprovePlan | RejectPlan, revision: int, sha256: str) -> Refusal | None:
    if command.revision != revision:
        place, expected, found = "revision", str(revision), str(command.revision)
    elif command.plan_sha256 not in (None, sha256):
        place, expected, found = "plan_sha256", sha256, str(command.plan_sha256)
    else:
        return None
    return Refusal(
        code="PLAN_REVISED",
        message="this is not the plan in force; read it again",
        place=place,
        expected=expected,
        found=found,
    )
