"""Gate 2: the plan is complete, a rollback is ready, those who must agree do (R-GATE-02, R-GATE-20 to 24)."""

from __future__ import annotations

from domain.decisions.approvals import approval, approvals, current, is_recorded, rejections, required_roles
from domain.gates.criterion import Case, Criterion
from domain.gates.facts import Gate, Metric, Unit
from domain.moment import milliseconds
from domain.planning.checklist import coverage, items
from domain.planning.completeness import strategy_completeness
from domain.ratio import Ratio, of_decimal, of_truth
from domain.readiness.evaluator import COMPLIANCE_ITEM, prerequisites

GATE: Gate = "mitigation_readiness"


def _coverage(case: Case) -> Ratio:
    return coverage(items(case.incident, case.policy, case.at))


def _count(case: Case) -> Ratio:
    return Ratio(_coverage(case).den)


def _verified(case: Case) -> Ratio:
    """Return whether the recorded assessment says verified, and recomputing it agrees (R-GATE-22)."""
    assessed, covered = case.incident.planning.assessed, _coverage(case)
    recorded = assessed is not None and assessed.status == "verified"
    return of_truth(recorded and covered.den > 0 and covered.num == covered.den)


def _approval(case: Case) -> Ratio:
    return approval(case.incident, case.policy)


def _complete(case: Case) -> Ratio:
    covered = _approval(case)
    return of_truth(is_recorded(case.incident) and covered.num == covered.den)


def _unopposed(case: Case) -> Ratio:
    return Ratio(len(rejections(case.incident, case.policy)))


def _compliant(case: Case) -> Ratio:
    """Return whether security agrees; by a waiver the gate is waived, it does not pass."""
    states = prerequisites(case.incident, case.policy, case.at).items
    found = next(item for item in states if item.id == COMPLIANCE_ITEM)
    return of_truth(found.status in ("present", "not_applicable") and found.by != "waiver")


def _completeness(case: Case) -> Ratio:
    return strategy_completeness(case.incident)


CRITERIA = (
    Criterion(
        id="rollback_prerequisite_coverage",
        gate=GATE,
        unit="ratio",
        measure=_coverage,
        threshold=lambda case: of_decimal(case.policy.gates.mitigation_readiness.coverage),
        tightened_by="threshold",
        softens=True,
        remedy="Verify the open items of the checklist: verify-item.",
        owner="release_engineering",
    ),
    Criterion(
        id="prerequisite_count",
        gate=GATE,
        unit="count",
        measure=_count,
        softens=True,
        remedy="Propose a plan with a checklist: propose-plan.",
        owner="incident_commander",
    ),
    Criterion(
        id="decision_approval",
        gate=GATE,
        unit="ratio",
        measure=_approval,
        threshold=lambda case: of_decimal(case.policy.gates.mitigation_readiness.approval),
        tightened_by="threshold",
        softens=True,
        remedy="Have the missing roles approve this revision: approve.",
        owner="incident_commander",
    ),
    Criterion(
        id="outstanding_rejections",
        gate=GATE,
        unit="count",
        op="=",
        measure=_unopposed,
        threshold=lambda _: Ratio(0),
        remedy="Revise the plan, or have who rejected it approve it.",
        owner="incident_commander",
    ),
    Criterion(
        id="rollback_readiness.status",
        gate=GATE,
        unit="truth",
        op="=",
        measure=_verified,
        remedy="Verify every item of the checklist anew where it expired: verify-item.",
        owner="release_engineering",
    ),
    Criterion(
        id="decision_log.approvals",
        gate=GATE,
        unit="truth",
        op="=",
        measure=_complete,
        remedy="Have the missing roles approve this revision: approve.",
        owner="incident_commander",
    ),
    Criterion(
        id="compliance_approval",
        gate=GATE,
        unit="truth",
        op="=",
        measure=_compliant,
        cosigned_by="security_compliance",
        remedy="Say whether regulated data or customers are concerned: confirm-scope; have it approved.",
        owner="security_compliance",
    ),
    Criterion(
        id="strategy_completeness",
        gate=GATE,
        unit="ratio",
        level="minimum",
        measure=_completeness,
        threshold=lambda case: of_decimal(case.policy.gates.mitigation_readiness.strategy_completeness),
        softens=True,
        remedy="Fill what the plan lacks: propose-plan.",
        owner="incident_commander",
    ),
)


def metrics(case: Case) -> tuple[Metric, ...]:
    """Return what is recorded beside the criteria (R-GATE-23)."""
    decision, plan, covered = current(case.incident), case.incident.planning.plan, _coverage(case)
    given = [item.at for item in approvals(case.incident)]
    found: list[Metric] = [Metric(id="readiness_score", unit="ratio", actual=covered)] if covered.den else []
    if decision is not None and given:
        found.append(_ms("approval_latency", decision.requested_at, max(given)))
    if decision is not None and plan is not None and decision.recorded_at is not None:
        found.append(_ms("decision_latency", plan.at, decision.recorded_at))
    found += _grants(case)
    return tuple(found)


def _ms(name: str, start: str, end: str) -> Metric:
    unit: Unit = "ms"
    return Metric(id=name, unit=unit, actual=Ratio(milliseconds(start, end)))


def _grants(case: Case) -> list[Metric]:
    """Return how long before each approval the approver's role was granted; by whom, the approval says."""
    roles = required_roles(case.incident, case.policy)
    return [
        _ms(f"granted_before_approval.{item.role}", item.granted_at, item.at)
        for item in approvals(case.incident)
        if item.role in roles and item.granted_at is not None
    ]
