"""The plan, its checklist, and two approvals."""

from __future__ import annotations

from typing import Any

from domain.decisions.facts import DecisionGiven, DecisionRecorded, DecisionRequested
from domain.facts import Fact
from domain.planning.facts import (
    Dependency,
    MitigationOptionSelected,
    MitigationPlanProposed,
    PlanCheck,
    PlanItem,
    PlanOption,
    PlanRisk,
    RollbackPrerequisiteVerified,
    RollbackReadinessAssessed,
)
from domain.planning.plan_hash import plan_sha256
from domain.prose import prose
from domain.ratio import Ratio
from tests.support.full.story import (
    ADMIN,
    ALICE,
    BOB,
    DECISION,
    GOOD_UNTIL,
    GRANTED_AT,
    Made,
    Step,
    Story,
)
from tests.support.full.verdicts import verdict
from tests.support.meaning import fresh_id

ITEMS = (
    ("rollback-script", "script", "10", "The rollback script is there and runs"),
    ("data-backup", "backup", "11", "A backup exists from which data can be restored"),
    ("rollback-prerequisites", "prerequisite", "11", "What a rollback presupposes is in place"),
    ("version-dependencies", "dependency", "15", "Everything that depends on checkout works with 1.2.3"),
    ("rollback-credentials", "credential", "10", "Credentials for the rollback are at hand"),
    ("rollback-rehearsal", "rehearsal", "14", "The rollback was rehearsed"),
)
COMMANDS = (
    "kubectl -n checkout annotate deployment/checkout change=CHG-4711",
    "./rollback_backend.sh 1.2.3",
    "kubectl -n checkout rollout status deployment/checkout --timeout=300s",
)

PLAN = MitigationPlanProposed(
    plan_id=fresh_id(30),
    revision=1,
    options=(
        PlanOption(
            option_id="A",
            kind="rollback",
            title=prose("Full rollback to release 1.2.3"),
            pros=prose(["Most reliable", "1.2.3 ran for three weeks without an alert"]),
            cons=prose(["The new discount page goes away again"]),
            commands=prose(list(COMMANDS)),
            commands_count=3,
            dependencies=(
                Dependency(name=prose("The image of 1.2.3 is still in the registry"), known=True),
                Dependency(name=prose("1.2.3 reads the schema of 1.2.4"), known=True),
            ),
            est_duration_s=600,
        ),
        PlanOption(
            option_id="B",
            kind="feature_flag",
            title=prose("Switch the discount engine off"),
            pros=prose(["Takes two minutes"]),
            cons=prose(["May miss the cause: latency rose before the first discount"]),
            commands=prose(["flagctl set discount-engine off --env production"]),
            commands_count=1,
            dependencies=(Dependency(name=prose("The flag service answers"), known=True),),
            est_duration_s=120,
        ),
        PlanOption(
            option_id="C",
            kind="hotfix",
            title=prose("Fix the query and deploy"),
            pros=prose(["Keeps the new page"]),
            cons=prose(["An hour at least", "Untested under load"]),
            est_duration_s=3600,
        ),
    ),
    premises=prose(["Latency rose within a minute of release 1.2.4", "The database itself is healthy"]),
    constraints=prose(["No order may be lost", "Payments in flight must be able to finish"]),
    evidence=prose(["Dashboard checkout-latency", "Deployment log of 02:08 UTC"]),
    rationale=prose(
        "A full rollback restores a state that is proven stable and needs no knowledge of the cause."
    ),
    risks=(
        PlanRisk(
            risk=prose("Orders taken by 1.2.4 cannot be read by 1.2.3"),
            likelihood="low",
            impact="high",
            mitigation=prose("The schema did not change; backup of 02:00 UTC verified"),
        ),
        PlanRisk(
            risk=prose("Rollback overloads the database when all pods restart"),
            likelihood="medium",
            impact="medium",
            mitigation=prose("Roll out one region at a time"),
        ),
    ),
    checklist=tuple(
        PlanItem(
            item_id=name,
            category=category,  # type: ignore[arg-type]  # the table above holds categories
            source_protocol=protocol,
            title=prose(title),
            bound=name == "version-dependencies",
        )
        for name, category, protocol, title in ITEMS
    ),
    checks=(
        PlanCheck(check_id="smoke", kind="smoke", critical=True, title=prose("A test order goes through")),
        PlanCheck(check_id="health", kind="health", critical=True, title=prose("All pods answer")),
        PlanCheck(
            check_id="checkout-journey", kind="user_journey", title=prose("A customer can pay by card")
        ),
        PlanCheck(check_id="latency-slo", kind="slo", title=prose("p99 below 800 ms for five minutes")),
    ),
    from_version="1.2.4",
    to_version="1.2.3",
)


def _checked_off(name: str, category: Any) -> Step:
    return (
        "02:18:20",
        BOB,
        RollbackPrerequisiteVerified(
            item_id=name,
            category=category,
            result="verified",
            role="release_manager",
            source="person",
            expires_at=GOOD_UNTIL,
        ),
    )


def _approval(role: str, why: str) -> Made:
    def of(story: Story) -> Fact:
        granted = role != "incident_commander"
        return DecisionGiven(
            decision_id=DECISION,
            verdict="approved",
            role=role,
            plan_revision=1,
            plan_sha256=plan_sha256(story.plan()),
            option_id="A",
            rationale=prose(why),
            granted_by=ADMIN if granted else None,
            granted_at=GRANTED_AT if granted else None,
        )

    return of


PLANNING: tuple[Step, ...] = (
    ("02:17:00", ALICE, PLAN),
    (
        "02:17:30",
        ALICE,
        MitigationOptionSelected(
            revision=1,
            option_id="A",
            fallback_option_id="B",
            rationale=prose("Certain, and fast enough: ten minutes."),
        ),
    ),
    *(_checked_off(name, category) for name, category, _, _ in ITEMS),
    (
        "02:18:20",
        BOB,
        RollbackReadinessAssessed(plan_revision=1, readiness_score=Ratio(6, 6), status="verified"),
    ),
    (
        "02:18:20",
        BOB,
        DecisionRequested(
            decision_id=DECISION,
            topic="mitigation",
            plan_revision=1,
            options=("A", "B", "C"),
            required_roles=("incident_commander", "release_manager"),
        ),
    ),
    (
        "02:19:10",
        BOB,
        _approval("release_manager", "1.2.3 is the last good release, and the backup is fresh."),
    ),
    (
        "02:19:40",
        ALICE,
        _approval("incident_commander", "Every minute costs orders; the rollback is rehearsed."),
    ),
    (
        "02:19:40",
        ALICE,
        DecisionRecorded(
            decision_id=DECISION, outcome="approved", approvals="complete", plan_revision=1, option_id="A"
        ),
    ),
    ("02:19:40", ALICE, lambda story: verdict(story, "mitigation_readiness", 2, plan_revision=1)),
)
