"""Two alerts, a declaration, a severity that two people agree on, and who was told."""

from __future__ import annotations

from typing import Any

from domain.crew.facts import CommanderAssigned, ResponderJoined
from domain.facts import Fact
from domain.intake.facts import (
    AlertValidityConfirmed,
    IncidentDeclared,
    IncidentOpened,
    SignalAttached,
    SignalCleared,
)
from domain.notices.facts import (
    StakeholderAcknowledged,
    StakeholderNotificationFailed,
    StakeholderNotificationRequested,
    StakeholderNotified,
)
from domain.prose import prose
from domain.severity.facts import (
    AffectedScopeConfirmed,
    BlastRadius,
    CustomerImpact,
    SeverityConsensusReached,
    SeverityProposed,
    SeverityVoteCast,
    SloBreach,
)
from tests.support.full.story import (
    ALICE,
    BOB,
    ERRORS_ALERT,
    INTAKE,
    LATENCY_ALERT,
    NOTIFIER,
    Step,
    Story,
    at,
)
from tests.support.full.verdicts import verdict
from tests.support.meaning import fresh_id
from tests.support.playing import POLICY_IDS


def _opened(story: Story) -> Fact:
    return IncidentOpened(
        origin="signal",
        why="rule:any-alert",
        title=prose("API latency on checkout (production)"),
        environment="production",
        services=("checkout",),
        detected_at=at("02:10:00"),
        drill=story.drill,
        visibility="open",
        profile=story.profile,
        policy_sha256=POLICY_IDS[story.profile],
        correlation="c" * 32,
        ordinal=0,
    )


def _attached(signal: int, alert: str, name: str, clock: str) -> SignalAttached:
    return SignalAttached(
        signal_id=fresh_id(signal),
        alert=alert,
        alert_name=name,
        episode="1772331000000000000",
        fired_at=at(clock),
        why="rule:any-alert",
        service="checkout",
        environment="production",
        severity_hint="SEV-1",
        at=at(clock),
    )


def cleared(signal: int, alert: str, name: str, clock: str) -> SignalCleared:
    return SignalCleared(
        signal_id=fresh_id(signal),
        alert=alert,
        alert_name=name,
        cleared_by=fresh_id(signal + 1),
        cleared_at=at(clock),
        at=at(clock),
    )


BEGINNING: tuple[Step, ...] = (
    ("02:10:12", INTAKE, _opened),
    ("02:10:12", INTAKE, _attached(10, LATENCY_ALERT, "CheckoutLatencyHigh", "02:10:00")),
    ("02:10:48", INTAKE, _attached(12, ERRORS_ALERT, "CheckoutErrorRate", "02:10:40")),
    (
        "02:12:05",
        ALICE,
        AlertValidityConfirmed(
            verdict="real",
            rationale=prose("Checkout takes four seconds from two regions; the dashboards agree."),
        ),
    ),
    (
        "02:12:20",
        ALICE,
        IncidentDeclared(
            authority_role="on_call_lead",
            rationale=prose("Customers cannot pay, and it started with release 1.2.4."),
        ),
    ),
    ("02:12:20", ALICE, CommanderAssigned(principal=ALICE, how="declared")),
    ("02:12:20", ALICE, ResponderJoined(principal=ALICE, role="incident_commander")),
    ("02:12:50", BOB, ResponderJoined(principal=BOB, role="release_manager")),
)


def requested(number: str, recipient: str, roles: tuple[str, ...], purpose: Any, text: str) -> Fact:
    return StakeholderNotificationRequested(
        notification_id=number,
        purpose=purpose,
        round=1,
        severity="SEV-1",
        roles=roles,
        channel="webhook",
        template_id=f"{purpose}.v1",
        recipient=recipient,
        text=prose(text),
    )


def notified(number: str, roles: tuple[str, ...], purpose: Any, sent: str) -> Fact:
    return StakeholderNotified(
        notification_id=number,
        purpose=purpose,
        round=1,
        roles=roles,
        channel="webhook",
        proof="accepted",
        provider_ref=prose(f"msg-{number}"),
        sent_at=at(sent),
    )


ALICE_ROLES, BOB_ROLES = ("incident_commander", "sre_on_call"), ("product_owner",)
FIRST = "SEV-1 on checkout: payments are slow and a third of them fail. Alice Ng commands."
LAST = "Checkout has recovered after a rollback to 1.2.3. Payments work again."

AGREEING: tuple[Step, ...] = (
    (
        "02:13:10",
        ALICE,
        SeverityProposed(
            round=1,
            severity="SEV-1",
            suggested="SEV-1",
            auto=False,
            rationale=prose("A third of all payments fail, in every region."),
            slo_breaches=(
                SloBreach(
                    slo_id="checkout-latency-p99",
                    objective="800",
                    observed="4200",
                    window_s=300,
                    burn_rate="21.5",
                ),
            ),
            customer_impact=CustomerImpact(
                affected_users=12400,
                affected_users_ratio="0.31",
                revenue_loss_minor_per_hour=1850000,
                currency="EUR",
            ),
            blast_radius=BlastRadius(
                services=("checkout", "payments"), regions=("eu-west", "us-east"), services_ratio="0.2"
            ),
        ),
    ),
    ("02:13:10", ALICE, SeverityVoteCast(round=1, severity="SEV-1")),
    (
        "02:13:40",
        BOB,
        SeverityVoteCast(round=1, severity="SEV-1", rationale=prose("Support has forty calls waiting.")),
    ),
    ("02:13:40", BOB, SeverityConsensusReached(round=1, severity="SEV-1", agreeing=2, responders=2)),
    (
        "02:14:05",
        ALICE,
        AffectedScopeConfirmed(
            round=1,
            services=("checkout", "payments"),
            regions=("eu-west", "us-east"),
            tenants=310,
            data_classes=("order",),
            regulated_data=False,
            customer_notification=False,
            rationale=prose("Orders are delayed, not lost; no personal data is exposed."),
        ),
    ),
    ("02:14:05", ALICE, requested("n1-1", ALICE, ALICE_ROLES, "initial", FIRST)),
    ("02:14:05", ALICE, requested("n1-2", BOB, BOB_ROLES, "initial", FIRST)),
    ("02:14:07", NOTIFIER, notified("n1-1", ALICE_ROLES, "initial", "02:14:06")),
    (
        "02:14:08",
        NOTIFIER,
        StakeholderNotificationFailed(
            notification_id="n1-2",
            attempt=1,
            channel="webhook",
            error=prose("HTTP 502 from the chat gateway"),
            next_retry_at=at("02:14:23"),
        ),
    ),
    ("02:14:24", NOTIFIER, notified("n1-2", BOB_ROLES, "initial", "02:14:23")),
    ("02:14:24", NOTIFIER, lambda story: verdict(story, "severity_alignment", 1)),
    ("02:15:30", BOB, StakeholderAcknowledged(notification_id="n1-2")),
    (
        "02:16:10",
        ALICE,
        StakeholderNotified(
            purpose="update",
            round=1,
            roles=("support_lead", "executive"),
            channel="phone",
            proof="attested",
            note=prose("Support and the CTO know; customers hear from support."),
            at=at("02:15:50"),
        ),
    ),
)
