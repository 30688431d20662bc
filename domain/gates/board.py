"""What the verdicts come to now: the state of each gate at a moment (R-GATE-50)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from domain.gates.facts import Gate
from domain.gates.gates import Verdict, Waiver
from domain.gates.granting import granted, in_scope
from domain.gates.table import GATES
from domain.incident_state import Incident
from domain.resolution.doubts import doubted

GateState = Literal[
    "NOT_EVALUATED",
    "PASS",
    "FAIL",
    "WAIVER_PENDING",
    "WAIVED",
    "STALE",
    "NOT_APPLICABLE",
    "NOT_REQUIRED",
]


class Light(Struct, frozen=True, kw_only=True):
    """One gate at a moment; ``violated`` once something ran that it had not let through (R-ROL-08)."""

    gate: Gate
    state: GateState
    verdict: Verdict | None = None
    waiver: Waiver | None = None
    violated: bool = False


def lights(incident: Incident, at: str) -> Mapping[Gate, Light]:
    """Return the light of every gate as of recorded time ``at``."""
    return {gate: light(incident, gate, at) for gate in GATES}


def light(incident: Incident, gate: Gate, at: str) -> Light:
    """Return the state of a gate as of recorded time ``at``."""
    verdict = incident.gates.authoritative.get(gate)
    waiver = _waiver(incident, gate, verdict, at)
    violated = gate == "mitigation_readiness" and incident.execution.violated > 0
    state = _state(incident, gate, verdict, waiver, at)
    return Light(gate=gate, state=state, verdict=verdict, waiver=waiver, violated=violated)


def holds_open(incident: Incident, verdict: Verdict, at: str) -> bool:
    """Return whether ``verdict`` opens its gate now: passed or waived, and nobody went past it since."""
    gate = verdict.fact.gate
    if verdict.fact.result == "PASS":
        return not _violated_since(incident, gate, verdict.version)
    waiver = _waiver(incident, gate, verdict, at)
    covered = waiver is not None and in_force(incident, waiver, verdict, at)
    return waiver is not None and covered and not _violated_since(incident, gate, waiver.version)


def is_current(incident: Incident, verdict: Verdict) -> bool:
    """Return whether a verdict is about what is in force: a downgrade voids nothing of gate 2 (R-GATE-24)."""
    scope = GATES[verdict.fact.gate].scope(incident)
    if verdict.fact.policy_sha256 != incident.intake.policy_sha256:
        return False
    if verdict.version < incident.resolution.reopened:
        return False
    if verdict.fact.gate == "resolution_documentation":
        return verdict.fact.scope == scope and _documents(incident, verdict)
    if verdict.fact.gate == "severity_alignment":
        return verdict.fact.scope.round == scope.round and incident.severity.agreed is not None
    if verdict.fact.gate == "recovery_validation":
        # Of another attempt, or of none: since doing nothing was decided, or undone.
        return verdict.fact.scope == scope and 0 < incident.standing.began < verdict.version
    return (
        verdict.fact.scope.plan_revision == scope.plan_revision
        and verdict.version > incident.severity.upgraded
        and incident.severity.agreed is not None
    )


def _documents(incident: Incident, verdict: Verdict) -> bool:
    """Return whether nothing since the verdict makes the documentation another, or speaks against a pass."""
    back = incident.standing.returns.get("drafting_report", 0)
    since = max(incident.rootcause.changed, back)
    failed = verdict.fact.result == "FAIL"
    return verdict.version > since and (failed or not doubted(incident, verdict.version))


def in_force(incident: Incident, waiver: Waiver, verdict: Verdict | None, at: str) -> bool:
    """Return whether a granted waiver covers what fails: its scope, criteria and time (R-GATE-55)."""
    if not granted(incident, waiver) or waiver.fact.expires_at <= at or verdict is None:
        return False
    return in_scope(incident, waiver) and set(verdict.failed) <= set(waiver.fact.criteria)


def _state(
    incident: Incident, gate: Gate, verdict: Verdict | None, waiver: Waiver | None, at: str
) -> GateState:
    if incident.state == "dismissed":
        return "NOT_REQUIRED"
    if gate == "mitigation_readiness" and incident.standing.not_required:
        return "FAIL" if _is_unjudged(incident, gate, verdict) else "NOT_APPLICABLE"
    if verdict is None or not is_current(incident, verdict):
        return _outdated(incident, gate, verdict)
    if holds_open(incident, verdict, at):
        return "PASS" if verdict.fact.result == "PASS" else "WAIVED"
    return "FAIL" if _violated_since(incident, gate, verdict.version) else _failed(incident, waiver, at)


def _outdated(incident: Incident, gate: Gate, verdict: Verdict | None) -> GateState:
    if _violated_since(incident, gate, 0 if verdict is None else verdict.version):
        return "FAIL"
    return "STALE" if verdict is not None and verdict.fact.result == "PASS" else "NOT_EVALUATED"


def _failed(incident: Incident, waiver: Waiver | None, at: str) -> GateState:
    """Return *pending* for a waiver that is undecided or expired (R-DEC-26)."""
    if waiver is None or waiver.rejected_by is not None or not in_scope(incident, waiver):
        return "FAIL"
    return "WAIVER_PENDING" if not granted(incident, waiver) or waiver.fact.expires_at <= at else "FAIL"


def _waiver(incident: Incident, gate: Gate, verdict: Verdict | None, at: str) -> Waiver | None:
    """Return the waiver that counts: one in force, whoever asked for another since; else the latest."""
    asked = [waiver for waiver in incident.gates.waivers.values() if waiver.fact.gate == gate][::-1]
    valid = (waiver for waiver in asked if in_force(incident, waiver, verdict, at))
    return next(valid, asked[0] if asked else None)


def _violated_since(incident: Incident, gate: Gate, version: int) -> bool:
    return gate == "mitigation_readiness" and incident.execution.violated > version


def _is_unjudged(incident: Incident, gate: Gate, verdict: Verdict | None) -> bool:
    """Return whether an execution outside the process stands that no verdict has judged since (R-ROL-08)."""
    late = _violated_since(incident, gate, incident.standing.not_required)
    return late or _violated_since(incident, gate, 0 if verdict is None else verdict.version)
