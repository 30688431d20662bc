"""Passing a failed gate knowingly: requested, decided by distinct people, or refused (R-GATE-55)."""

from __future__ import annotations

from domain.context import Context
from domain.decisions.deciding import how_held, role_among
from domain.expiry import until
from domain.gates.board import is_current
from domain.gates.commands import DecideWaiver, RequestWaiver
from domain.gates.facts import Gate, GateWaiverDecided, GateWaiverRefused, GateWaiverRequested
from domain.gates.gates import Verdict, Waiver
from domain.gates.granting import counted, granted
from domain.gates.table import GATES, NEVER_WAIVED, gate_named
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.policies import policy_of
from domain.policy import Policy
from domain.policy_gates import Waiver as WaiverPolicy
from domain.prose import optional_prose, prose
from domain.recorded_at import recorded_at
from domain.refusal import OnRecord, Refusal


def request(
    state: Incident, command: RequestWaiver, context: Context
) -> tuple[IncidentFact, ...] | Refusal | OnRecord:
    """Return the request, or the refusal, which is recorded where nobody can waive the gate at all."""
    gate = gate_named(command.gate)
    row = None if gate in NEVER_WAIVED else terms(policy_of(context), gate)
    if row is None:
        return _refused(gate, command)
    verdict = state.gates.authoritative.get(gate)
    if verdict is None or verdict.fact.result == "PASS" or not is_current(state, verdict):
        return _nothing_fails(gate)
    criteria = tuple(dict.fromkeys(command.criteria)) or _waivable(gate, verdict)
    refusal = _incomplete(command, row) or _not_failing(criteria, verdict)
    if refusal is not None:
        return refusal
    return (
        GateWaiverRequested(
            waiver_id=f"w{len(state.gates.waivers) + 1}",
            gate=gate,
            evaluation_id=verdict.fact.evaluation_id,
            scope=verdict.fact.scope,
            criteria=criteria,
            required_roles=approvers(row, gate, criteria),
            justification=prose(command.justification),
            expires_at=until(state, context, row.ttl_hours),
            risk_assessment=optional_prose(command.risk_assessment),
            recovery_plan=optional_prose(command.recovery_plan),
            conditions=optional_prose(command.conditions),
        ),
    )


def decide(state: Incident, command: DecideWaiver, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return the verdict of one person in one role; everybody counts once."""
    waiver = state.gates.waivers.get(command.waiver)
    if waiver is None:
        return Refusal(
            code="WAIVER_UNKNOWN",
            message="there is no such waiver",
            place="waiver",
            expected="one of " + (", ".join(state.gates.waivers) or "none yet"),
            found=command.waiver,
        )
    if (found := settled_as(state, waiver, recorded_at(state, context))) is not None:
        return Refusal(
            code="WAIVER_SETTLED", message="the waiver is settled", expected="undecided", found=found
        )
    taken = {role: who for who, role in counted(state, waiver)}
    role = role_among(state, waiver.fact.required_roles, command.role, taken, context)
    if isinstance(role, Refusal):
        return role
    if command.verdict == "approved" and (role in taken or context.principal.id in taken.values()):
        return Refusal(
            code="APPROVAL_NOT_DISTINCT",
            message="everybody counts once: this approval adds nothing to what is there",
            place="role",
            expected="another person, or a role that still lacks one",
            found=f"{context.principal.id} as {role}",
        )
    held = how_held(state, context, role)
    return (
        GateWaiverDecided(
            waiver_id=command.waiver,
            verdict=command.verdict,
            role=role,
            rationale=prose(command.rationale),
            granted_by=None if held is None else held.granted_by,
            granted_at=None if held is None else held.granted_at,
        ),
    )


def settled_as(incident: Incident, waiver: Waiver, at: str) -> str | None:
    """Return how a waiver was settled, None where people still decide it."""
    if waiver.fact.expires_at <= at:
        return "expired"
    if granted(incident, waiver):
        return "granted"
    return None if waiver.rejected_by is None else "rejected"


def terms(policy: Policy, gate: Gate) -> WaiverPolicy | None:
    """Return on what terms the policy lets a gate be waived, None where it does not."""
    rows = {
        "mitigation_readiness": policy.gates.mitigation_readiness.waiver,
        "recovery_validation": policy.gates.recovery_validation.waiver,
    }
    row = rows.get(gate)
    return row if isinstance(row, WaiverPolicy) else None


def _refused(gate: Gate, command: RequestWaiver) -> OnRecord:
    refusal = Refusal(
        code="WAIVER_NOT_PERMITTED",
        message="nobody can waive this gate; the request is on record",
        place="gate",
        expected="a gate that the policy lets be waived",
        found=gate,
    )
    fact = GateWaiverRefused(
        gate=gate, code="WAIVER_NOT_PERMITTED", justification=prose(command.justification)
    )
    return OnRecord(refusal=refusal, facts=(fact,))


def _waivable(gate: Gate, verdict: Verdict) -> tuple[str, ...]:
    """Return what fails, without what must be named to be waived."""
    cosigned = {row.id for row in GATES[gate].criteria if row.cosigned_by is not None}
    return tuple(name for name in verdict.failed if name not in cosigned)


def approvers(row: WaiverPolicy, gate: Gate, criteria: tuple[str, ...]) -> tuple[str, ...]:
    """Return the roles that have to approve a waiver of these criteria."""
    named = [criterion for criterion in GATES[gate].criteria if criterion.id in criteria]
    cosigners = (criterion.cosigned_by for criterion in named if criterion.cosigned_by is not None)
    return tuple(dict.fromkeys((*row.approvers, *cosigners)))


def _incomplete(command: RequestWaiver, terms: WaiverPolicy) -> Refusal | None:
    """Return a refusal unless the document that the policy requires comes with the request."""
    given = {"risk_assessment": command.risk_assessment, "recovery_plan": command.recovery_plan}
    if given.get(terms.requires) is not None:
        return None
    return Refusal(
        code="WAIVER_INCOMPLETE",
        message=f"a waiver of this gate needs a {terms.requires.replace('_', ' ')}",
        place=terms.requires,
        expected="text",
        found="none",
    )


def _not_failing(criteria: tuple[str, ...], verdict: Verdict) -> Refusal | None:
    others = [name for name in criteria if name not in verdict.failed]
    if criteria and not others:
        return None
    return Refusal(
        code="CRITERION_NOT_FAILING",
        message="a waiver is about criteria that fail",
        place="criteria",
        expected="one of " + ", ".join(verdict.failed),
        found=", ".join(others) or "none that can be waived without naming it",
    )


def _nothing_fails(gate: Gate) -> Refusal:
    return Refusal(
        code="NOTHING_TO_WAIVE",
        message="the gate has no failing verdict about what is in force; evaluate it first",
        place="gate",
        expected="a verdict FAIL",
        found=gate,
    )
