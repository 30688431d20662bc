"""How bad it is, who agreed to what, and what the gates said, in words."""

from __future__ import annotations

from collections.abc import Mapping

from domain.artifacts import (
    DECISIONS,
    MITIGATION_GATE,
    MITIGATION_LOG,
    REPORT,
    SEVERITY,
    SEVERITY_GATE,
    TIMELINE,
)
from domain.decisions.facts import DecisionGiven, DecisionRecorded, DecisionRequested
from domain.gates.facts import GateEvaluated, GateWaiverDecided, GateWaiverRefused, GateWaiverRequested
from domain.sentence import Foreign, Row, Sentence, listed, named, told
from domain.severity.facts import (
    AffectedScopeConfirmed,
    SeverityConsensusReached,
    SeverityProposed,
    SeverityReassessmentStarted,
    SeverityVoteCast,
)
from domain.wording.reassessing import exceeds, why_again

KNOWN = {True: "yes", False: "no", None: "not known yet"}


def _proposed(fact: SeverityProposed, who: str) -> Sentence:
    rules = "" if fact.suggested == fact.severity else f"; the rules suggest {fact.suggested}"
    by = f"the rules, told by {who}" if fact.auto else who
    return f"{fact.severity} proposed by {by} in round {fact.round}{rules}. Reason: ", fact.rationale


def _voted(fact: SeverityVoteCast, who: str) -> Sentence:
    return f"{who} voted {fact.severity} in round {fact.round}", *told(". Reason: ", fact.rationale)


def _agreed(fact: SeverityConsensusReached, _who: str) -> Sentence:
    return (f"Severity agreed: {fact.severity} by {fact.agreeing} of {fact.responders}, round {fact.round}",)


def _reassessed(fact: SeverityReassessmentStarted, who: str) -> Sentence:
    why = why_again(fact.reason, fact.cause)
    kept = "" if fact.cause is None else exceeds(fact.cause, "; ")
    return f"Severity reassessed: round {fact.round} by {who} ({why}{kept})", *told(
        ". Reason: ", fact.rationale
    )


def _scope(fact: AffectedScopeConfirmed, who: str) -> Sentence:
    return (
        f"Scope confirmed by {who}: services ",
        *listed(fact.services),
        "; regions ",
        *listed(fact.regions),
        f"; regulated data: {KNOWN[fact.regulated_data]}",
        f"; customers to be told: {KNOWN[fact.customer_notification]}",
        *named("; of all services: ", fact.services_ratio),
        *told(". Reason: ", fact.rationale),
    )


def _asked(fact: DecisionRequested, _who: str) -> Sentence:
    return f"Decision needed on revision {fact.plan_revision} of the plan, by ", *listed(fact.required_roles)


def _given(fact: DecisionGiven, who: str) -> Sentence:
    return (
        f"{who} {fact.verdict} option ",
        Foreign(fact.option_id),
        f" of revision {fact.plan_revision} as ",
        Foreign(fact.role),
        *named(", a role granted by ", fact.granted_by),
        *named(" at ", fact.granted_at),
        "" if fact.attestation is None else ", signed by themselves",
        ". Reason: ",
        fact.rationale,
    )


def _decided(fact: DecisionRecorded, _who: str) -> Sentence:
    revision = f" of revision {fact.plan_revision}"
    return (
        "Decision: option ",
        Foreign(fact.option_id),
        f"{revision} {fact.outcome}, approvals {fact.approvals}",
    )


def _evaluated(fact: GateEvaluated, _who: str) -> Sentence:
    failed = [result.id for result in fact.criteria if result.passed == "no"]
    kind = "" if fact.authoritative else f" (diagnosis only, {fact.mode})"
    missing: Sentence = (": ", *listed(failed)) if failed else ()
    return "Gate ", Foreign(fact.gate), f" {fact.result}{kind}", *missing


def _waiver(fact: GateWaiverRequested, who: str) -> Sentence:
    return (
        "Waiver ",
        Foreign(fact.waiver_id),
        " of gate ",
        Foreign(fact.gate),
        f" asked for by {who}, until ",
        Foreign(fact.expires_at),
        ", for ",
        *listed(fact.criteria),
        ". Reason: ",
        fact.justification,
        *told(". Risk: ", fact.risk_assessment),
        *told(". Plan: ", fact.recovery_plan),
        *told(". Conditions: ", fact.conditions),
    )


def _waived(fact: GateWaiverDecided, who: str) -> Sentence:
    return (
        f"{who} {fact.verdict} waiver ",
        Foreign(fact.waiver_id),
        *named(" as ", fact.role),
        ". Reason: ",
        fact.rationale,
    )


def _unwaivable(fact: GateWaiverRefused, who: str) -> Sentence:
    return (
        "Waiver of gate ",
        Foreign(fact.gate),
        f" refused: nobody can waive it; {who} asked. Reason given: ",
        fact.justification,
    )


_SEVERITY = (SEVERITY, TIMELINE, REPORT)
_DECISION = (DECISIONS, MITIGATION_LOG, TIMELINE, REPORT)
_GATES = (SEVERITY_GATE, MITIGATION_GATE, TIMELINE)

ROWS: Mapping[type, Row] = {
    SeverityProposed: Row(say=_proposed, category="decision", step="1.2", artifacts=_SEVERITY),
    SeverityVoteCast: Row(say=_voted, category="decision", step="1.2", artifacts=_SEVERITY),
    SeverityConsensusReached: Row(say=_agreed, category="decision", step="1.2", artifacts=_SEVERITY),
    SeverityReassessmentStarted: Row(say=_reassessed, category="decision", step="1.2", artifacts=_SEVERITY),
    AffectedScopeConfirmed: Row(say=_scope, category="decision", step="1.2", artifacts=_SEVERITY),
    DecisionRequested: Row(say=_asked, category="decision", step="2.3", artifacts=_DECISION),
    DecisionGiven: Row(say=_given, category="decision", step="2.3", artifacts=_DECISION),
    DecisionRecorded: Row(say=_decided, category="decision", step="2.3", artifacts=_DECISION),
    GateEvaluated: Row(say=_evaluated, category="validation", step="2.3", artifacts=_GATES),
    GateWaiverRequested: Row(say=_waiver, category="decision", step="2.3", artifacts=_GATES),
    GateWaiverDecided: Row(say=_waived, category="decision", step="2.3", artifacts=_GATES),
    GateWaiverRefused: Row(say=_unwaivable, category="decision", step="2.3", artifacts=_GATES),
}
