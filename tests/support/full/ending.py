"""That it is over, and what is to be done later."""

from __future__ import annotations

from domain.notices.facts import StakeholderAcknowledged
from domain.prose import prose
from domain.resolution.facts import (
    ActionItemRecorded,
    AlertsClearedVerified,
    ResolutionConfirmed,
    SloRestorationVerified,
    SloSeen,
    StabilityWindowObserved,
)
from tests.support.full.beginning import ALICE_ROLES, BOB_ROLES, LAST, notified, requested
from tests.support.full.story import ALICE, BOB, NOTIFIER, Step, at

ENDING: tuple[Step, ...] = (
    ("02:37:00", BOB, requested("n1-3", ALICE, ALICE_ROLES, "resolution", LAST)),
    ("02:37:00", BOB, requested("n1-4", BOB, BOB_ROLES, "resolution", LAST)),
    ("02:37:02", NOTIFIER, notified("n1-3", ALICE_ROLES, "resolution", "02:37:01")),
    ("02:37:03", NOTIFIER, notified("n1-4", BOB_ROLES, "resolution", "02:37:02")),
    ("02:38:00", BOB, StakeholderAcknowledged(notification_id="n1-4")),
    (
        "03:08:00",
        ALICE,
        SloRestorationVerified(
            slos=(
                SloSeen(slo_id="checkout-latency-p99", objective="800", observed="590", met=True, unit="ms"),
                SloSeen(
                    slo_id="checkout-availability", objective="99.9", observed="99.97", met=True, unit="%"
                ),
            ),
            restored=True,
            at=at("03:08:00"),
        ),
    ),
    ("03:08:00", ALICE, AlertsClearedVerified(cleared=True, at=at("03:08:00"))),
    (
        "03:08:00",
        ALICE,
        StabilityWindowObserved(
            started_at=at("02:37:00"),
            ended_at=at("03:08:00"),
            duration_s=1860,
            breaches=0,
            note=prose("Traffic was that of a usual night."),
        ),
    ),
    (
        "03:09:00",
        ALICE,
        ResolutionConfirmed(
            kind="rollback",
            summary=prose("Checkout is back on 1.2.3 and has been stable for half an hour."),
            resolved_at=at("02:37:00"),
            incident_duration_ms=1_620_000,
            restored_version="1.2.3",
        ),
    ),
    (
        "03:11:00",
        ALICE,
        ActionItemRecorded(
            item_id="ai1",
            status="open",
            title=prose("Run the discount queries under production load before the next release"),
            owner=BOB,
            due_on="2026-03-13",
        ),
    ),
    (
        "03:11:30",
        ALICE,
        ActionItemRecorded(
            item_id="ai2",
            status="open",
            title=prose("Alert on database queries a request, not on latency alone"),
            owner=ALICE,
            due_on="2026-03-20",
        ),
    ),
)
