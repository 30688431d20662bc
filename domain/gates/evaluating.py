"""Evaluating gates: by hand, and at each transition that a gate guards (R-GATE-51, R-GATE-54)."""

from __future__ import annotations

from decimal import Decimal

from domain.context import Context
from domain.gates.board import holds_open
from domain.gates.commands import EvaluateGate
from domain.gates.criterion import Case
from domain.gates.evaluator import evaluate
from domain.gates.facts import Gate, GateEvaluated, Tightened
from domain.gates.gates import Verdict
from domain.gates.table import GATES, gate_named
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.policies import policy_of
from domain.ratio import of_decimal
from domain.recorded_at import recorded_at
from domain.refusal import OnRecord, Refusal


def by_hand(state: Incident, command: EvaluateGate, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return the verdict that was asked for."""
    gate = gate_named(command.gate)
    due = [name for name, row in GATES.items() if state.state in row.due]
    if gate not in due:
        return Refusal(
            code="GATE_NOT_DUE",
            message="this gate is not reached yet, or passed",
            place="gate",
            expected="one of " + ", ".join(due),
            found=gate,
        )
    return (evaluate(gate, case_of(state, context), command.mode, _tightened(command, gate)),)


def case_of(state: Incident, context: Context) -> Case:
    """Return what a gate judges now."""
    return Case(incident=state, policy=policy_of(context), at=recorded_at(state, context))


def news(state: Incident, gate: Gate, context: Context) -> GateEvaluated | None:
    """Return the verdict of now, None where the latest one says exactly the same."""
    verdict = evaluate(gate, case_of(state, context))
    latest = state.gates.authoritative.get(gate)
    return None if latest is not None and _same(latest.fact, verdict) else verdict


def passes(state: Incident, gate: Gate, context: Context) -> tuple[GateEvaluated, ...] | OnRecord | Refusal:
    """Return the verdict with which a guarded transition goes on, or the refusal with the verdict."""
    fresh = news(state, gate, context)
    known = state.gates.authoritative.get(gate)
    at = recorded_at(state, context)
    verdict = known if fresh is None else Verdict(fact=fresh, at=at, version=state.version + 1)
    if verdict is None:
        raise AssertionError("a gate without news has a verdict")
    facts = () if fresh is None else (fresh,)
    if holds_open(state, verdict, at):
        return facts
    refusal = _closed(gate, verdict)
    return OnRecord(refusal=refusal, facts=facts) if facts else refusal


def _same(known: GateEvaluated, found: GateEvaluated) -> bool:
    return (known.scope, known.criteria, known.engine, known.policy_sha256) == (
        found.scope,
        found.criteria,
        found.engine,
        found.policy_sha256,
    )


def _tightened(command: EvaluateGate, gate: Gate) -> Tightened | None:
    """Return the thresholds that were asked for and that any criterion of the gate heeds (R-GATE-53)."""
    heeded = {row.tightened_by for row in GATES[gate].criteria}
    sla_s = command.sla_s if "sla" in heeded else None
    threshold = command.threshold if "threshold" in heeded else None
    if sla_s is None and threshold is None:
        return None
    return Tightened(
        sla_ms=None if sla_s is None else sla_s * 1_000,
        threshold=None if threshold is None else of_decimal(Decimal(threshold)),
    )


def _closed(gate: Gate, verdict: Verdict) -> Refusal:
    return Refusal(
        code="GATE_NOT_PASSED",
        message=f"gate {GATES[gate].number}, {GATES[gate].title}, does not let this through",
        place=gate,
        expected="PASS" if gate == "severity_alignment" else "PASS or a waiver in force",
        found="FAIL: " + (", ".join(verdict.failed) or "violated; evaluate it again"),
    )
