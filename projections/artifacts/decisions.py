"""``decision-log.json``: who decided what, in which role, why, with their signatures (R-ART-17)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.artifacts import DECISIONS
from domain.decisions.approvals import approval
from domain.decisions.facts import DecisionGiven, DecisionRecorded, DecisionRequested
from domain.gates.facts import GateWaiverDecided, GateWaiverRequested
from domain.planning.facts import MitigationPlanProposed
from domain.ratio import Ratio
from domain.severity.facts import SeverityConsensusReached, SeverityReassessmentStarted
from projections.artifacts.content import Content
from projections.artifacts.rendering import Rendering
from projections.artifacts.row import Row
from projections.artifacts.signed import Signed, signed
from projections.decision_log import DecisionLog, DecisionShown, RoundBegan, decision_log
from projections.waivers import WaiverShown

DECIDING = (DecisionRequested, GateWaiverRequested)


class DecisionMetrics(Struct, frozen=True, kw_only=True):
    """Numbers of the decision in force (R-GATE-21, R-GATE-23)."""

    decision_approval: Ratio | None
    approval_latency_ms: int | None
    decision_latency_ms: int | None


class DecisionData(Struct, frozen=True, kw_only=True):
    """Decisions, waivers and rounds in order; ``approvals`` says whether all that are needed are there."""

    approvals: Literal["complete", "incomplete"]
    decisions: tuple[DecisionShown, ...]
    waivers: tuple[WaiverShown, ...]
    rounds: tuple[RoundBegan, ...]
    signatures: tuple[Signed, ...]


def log_of(rendering: Rendering) -> DecisionLog:
    """Return the decisions and waivers of an incident."""
    facts = rendering.among(
        *DECIDING,
        DecisionGiven,
        DecisionRecorded,
        GateWaiverDecided,
        MitigationPlanProposed,
        SeverityConsensusReached,
        SeverityReassessmentStarted,
    )
    return decision_log(facts, rendering.case)


def content(rendering: Rendering) -> Content | None:
    """Return what was decided, None before anything was to be."""
    if not rendering.among(*DECIDING):
        return None
    log = log_of(rendering)
    present = next((decision for decision in log.decisions if decision.in_force), None)
    covered = None if present is None else approval(rendering.incident, rendering.case.policy)
    enough = covered is not None and covered.num == covered.den
    whole = present is not None and present.status == "approved" and enough
    return Content(
        status="open" if present is None else present.status,
        metrics=DecisionMetrics(
            decision_approval=covered,
            approval_latency_ms=None if present is None else present.approval_latency_ms,
            decision_latency_ms=None if present is None else present.decision_latency_ms,
        ),
        data=DecisionData(
            approvals="complete" if whole else "incomplete",
            decisions=log.decisions,
            waivers=log.waivers,
            rounds=log.rounds,
            signatures=_signatures(rendering),
        ),
    )


def _signatures(rendering: Rendering) -> tuple[Signed, ...]:
    found = (signed(item, item.fact.attestation) for item in rendering.of(DecisionGiven))
    return tuple(one for one in found if one is not None)


ROWS = (
    Row(
        requirement="R-ART-17",
        name=DECISIONS,
        artifact_id="decision-log",
        folder="approvals",
        step="2.3",
        consumers=("audit",),
        gate="mitigation_readiness",
        counted=True,
        render=content,
        metrics=DecisionMetrics,
        data=DecisionData,
    ),
)
