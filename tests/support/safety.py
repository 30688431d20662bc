"""The safety rule once more, from the bare facts: what a second reader of R-WF-30 would compute by hand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any, TypeVar

from domain.crew.facts import CommanderAssigned
from domain.decisions.facts import DecisionGiven, DecisionRecorded, DecisionRequested
from domain.execution.facts import OutOfBandActionRecorded
from domain.flow.facts import StepMarked
from domain.gates.facts import Gate, GateEvaluated, GateWaiverDecided, GateWaiverRequested
from domain.intake.facts import IncidentOpened, PolicyAdopted
from domain.notices.facts import StakeholderNotified
from domain.planning.facts import MitigationOptionSelected, MitigationPlanProposed
from domain.prerequisite_items import SYSTEM_ITEMS
from domain.readiness.facts import PrerequisiteAttested, PrerequisitesEvaluated, PrerequisitesOverridden
from domain.recorded import Pending
from domain.severity.facts import (
    AffectedScopeConfirmed,
    SeverityConsensusReached,
    SeverityReassessmentStarted,
)
from tests.support.playing import POLICY_IDS, policy

F = TypeVar("F")
Items = Sequence[Pending[Any]]


def last(items: Items, kind: type[F]) -> Pending[F] | None:
    """Return the last fact of a kind."""
    return next((item for item in reversed(items) if isinstance(item.fact, kind)), None)


def unsafe(items: Items, at: str) -> list[str]:
    """Return what of R-WF-30 does not hold after ``items``, for an execution that begins at ``at``."""
    agreed, plan = last(items, SeverityConsensusReached), last(items, MitigationPlanProposed)
    selected = last(items, MitigationOptionSelected)
    if agreed is None or plan is None or selected is None:
        return ["severity, plan or option"]
    found = [] if agreed.version > _round(items) else ["severity"]
    scope = last(items, AffectedScopeConfirmed)
    if scope is None or scope.version < _round(items):
        found.append("scope")
    return [
        *found,
        *([] if selected.version > plan.version else ["option of this revision"]),
        *_untold(items, agreed),
        *_gate_1(items, agreed),
        *_gate_2(items, at),
        *([] if _waived(items, at) or _decided(items, plan, selected) else ["decision"]),
        *([] if not _halted(items) else ["halted"]),
        *_unready(items, at),
    ]


def _round(items: Items) -> int:
    again = last(items, SeverityReassessmentStarted)
    return 0 if again is None else again.version


def _profile(items: Items) -> Any:
    adopted, opened = last(items, PolicyAdopted), last(items, IncidentOpened)
    return (adopted or opened).fact.profile  # type: ignore[union-attr]  # what is executed was opened


def _untold(items: Items, agreed: Pending[SeverityConsensusReached]) -> list[str]:
    opened = last(items, IncidentOpened)
    local = _profile(items) == "solo" or (opened is not None and opened.fact.drill)
    told = {
        role
        for item in items
        if isinstance(item.fact, StakeholderNotified)
        and item.fact.purpose == "initial"
        and item.fact.round == agreed.fact.round
        and (local or item.fact.proof != "recorded_locally")
        for role in item.fact.roles
    }
    rows = policy(_profile(items)).notification.matrix
    row = {"SEV-1": rows.sev_1, "SEV-2": rows.sev_2, "SEV-3": rows.sev_3}[agreed.fact.severity]
    return [f"untold {role}" for role in row.roles if role not in told]


def verdicts(items: Items, gate: Gate) -> list[Pending[GateEvaluated]]:
    """Return the authoritative verdicts of a gate."""
    found = [item for item in items if isinstance(item.fact, GateEvaluated)]
    return [item for item in found if item.fact.gate == gate and item.fact.authoritative]


def _gate_1(items: Items, agreed: Pending[SeverityConsensusReached]) -> list[str]:
    judged = verdicts(items, "severity_alignment")
    good = (
        judged
        and judged[-1].fact.result == "PASS"
        and judged[-1].version > agreed.version
        and judged[-1].fact.policy_sha256 == POLICY_IDS[_profile(items)]
    )
    return [] if good else ["gate 1"]


def _gate_2(items: Items, at: str) -> list[str]:
    judged = verdicts(items, "mitigation_readiness")
    past = [
        item.version
        for item in items
        if isinstance(item.fact, OutOfBandActionRecorded) and item.fact.kind == "execution"
    ]
    if not judged or judged[-1].fact.policy_sha256 != POLICY_IDS[_profile(items)]:
        return ["gate 2"]
    if judged[-1].fact.result == "PASS":
        return [] if judged[-1].version > max(past, default=0) else ["gate 2 violated"]
    return [] if _waived(items, at) else ["gate 2"]


def _waived(items: Items, at: str) -> bool:
    judged = verdicts(items, "mitigation_readiness")
    failed = {row.id for row in judged[-1].fact.criteria if row.passed == "no"} if judged else set()
    for item in items:
        fact = item.fact
        if isinstance(fact, GateWaiverRequested) and failed and failed <= set(fact.criteria):
            said = [
                i
                for i in items
                if isinstance(i.fact, GateWaiverDecided) and i.fact.waiver_id == fact.waiver_id
            ]
            given = {(i.authid, i.fact.role) for i in said if i.fact.verdict == "approved"}
            if len(given) == len(said) and _distinct(fact.required_roles, given) and fact.expires_at > at:
                return True
    return False


def _distinct(roles: Sequence[str], given: set[tuple[str, str]]) -> bool:
    """Return whether different people can be found for all roles, by trying every order of them."""
    people = sorted({who for who, _ in given})
    return any(
        all(pair in given for pair in zip(order, roles, strict=True))
        for order in permutations(people, len(roles))
    )


def _decided(items: Items, plan: Pending[Any], selected: Pending[MitigationOptionSelected]) -> bool:
    asked, recorded = last(items, DecisionRequested), last(items, DecisionRecorded)
    if asked is None or recorded is None or not plan.version < asked.version < recorded.version:
        return False
    latest: dict[str, Pending[DecisionGiven]] = {}
    approving: set[tuple[str, str]] = set()
    for item in items:
        if isinstance(item.fact, DecisionGiven) and item.fact.decision_id == asked.fact.decision_id:
            latest[item.authid] = item
    for item in items:
        if isinstance(item.fact, DecisionGiven) and item.fact.decision_id == asked.fact.decision_id:
            stands = latest[item.authid].fact.verdict == item.fact.verdict == "approved"
            if stands and item.fact.option_id == selected.fact.option_id:
                approving.add((item.authid, item.fact.role))
    commander = last(items, CommanderAssigned)
    active = {
        (who, role)
        for who, role in approving
        if role != "incident_commander" or (commander and commander.fact.principal == who)
    }
    needed = list(policy(_profile(items)).gates.mitigation_readiness.approvers)
    scope = last(items, AffectedScopeConfirmed)
    if scope and (scope.fact.regulated_data or scope.fact.customer_notification):
        needed.append("security_compliance")
    return recorded.fact.option_id == selected.fact.option_id and _distinct(needed, active)


def _unready(items: Items, at: str) -> list[str]:
    """Return the system items that nobody attested as the profile wants, nor the owner overrode."""
    strict = _profile(items) == "strict"
    attested = {
        item.fact.item_id
        for item in items
        if isinstance(item.fact, PrerequisiteAttested)
        and item.fact.expires_at > at
        and (item.fact.source == "person" or not strict)
    }
    judged, overridden = last(items, PrerequisitesEvaluated), last(items, PrerequisitesOverridden)
    gaps: set[str] = set()
    if judged and overridden and overridden.version > judged.version and not judged.fact.strict:
        gaps = set(overridden.fact.missing)
    return [item for item in SYSTEM_ITEMS if item not in attested | gaps]


def _halted(items: Items) -> bool:
    marks = [
        i.fact.mark for i in items if isinstance(i.fact, StepMarked) and i.fact.mark in ("halted", "resumed")
    ]
    return bool(marks) and marks[-1] == "halted"
