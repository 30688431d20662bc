"""``notification-log.json``: who was told, by what, how soon, for machines (R-ART-13, R-DEC-20)."""

from __future__ import annotations

from msgspec import Struct

from domain.artifacts import NOTIFICATIONS
from domain.flow.facts import EscalationAcknowledged, EscalationRaised
from domain.notices.facts import (
    StakeholderAcknowledged,
    StakeholderNotificationFailed,
    StakeholderNotificationRequested,
    StakeholderNotified,
)
from domain.severity.facts import SeverityConsensusReached
from projections.artifacts.content import Content
from projections.artifacts.rendering import Rendering
from projections.artifacts.row import Row
from projections.communication_log import (
    MINUTE_MS,
    CommunicationLog,
    Message,
    RoleTold,
    communication_log,
)
from projections.escalation_log import EscalationShown


class NotificationMetrics(Struct, frozen=True, kw_only=True):
    """Numbers of the present round; ``notification_latency_ms`` is null while one is untold (R-GATE-12)."""

    notifications_sent: bool
    stakeholder_count: int
    notification_latency_ms: int | None
    sla_ms: int
    acknowledged_count: int


class NotificationData(Struct, frozen=True, kw_only=True):
    """Every notice, roles that must be told in the present round, calls up the chain.

    ``late`` are the versions of those first notices that came after the limit; they stay on record.
    """

    entries: tuple[Message, ...]
    required: tuple[RoleTold, ...]
    late: tuple[int, ...]
    escalations: tuple[EscalationShown, ...]


def _told(rendering: Rendering) -> CommunicationLog:
    """Return who was told what, from the facts alone: who holds a role now is not among them."""
    facts = rendering.among(
        SeverityConsensusReached,
        StakeholderNotificationRequested,
        StakeholderNotified,
        StakeholderNotificationFailed,
        StakeholderAcknowledged,
        EscalationRaised,
        EscalationAcknowledged,
    )
    return communication_log(facts, rendering.case)


def _numbers(log: CommunicationLog, rendering: Rendering) -> NotificationMetrics:
    """Return the numbers of the present round (R-DEC-20)."""
    return NotificationMetrics(
        notifications_sent=log.latency_ms is not None,
        stakeholder_count=len(log.required),
        notification_latency_ms=log.latency_ms,
        sla_ms=rendering.case.policy.notification.sla_minutes * MINUTE_MS,
        acknowledged_count=sum(bool(message.acknowledged_by) for message in log.messages),
    )


def content(rendering: Rendering) -> Content | None:
    """Return who was told, None before anybody was to be."""
    if not rendering.among(StakeholderNotificationRequested, StakeholderNotified, EscalationRaised):
        return None
    log = _told(rendering)
    metrics = _numbers(log, rendering)
    return Content(
        status="sent" if metrics.notifications_sent else "pending",
        metrics=metrics,
        data=NotificationData(
            entries=log.messages,
            required=log.required,
            late=tuple(message.version for message in log.messages if _is_late(message, metrics.sla_ms)),
            escalations=log.escalations,
        ),
    )


def _is_late(message: Message, sla_ms: int) -> bool:
    return message.purpose == "initial" and message.latency_ms is not None and message.latency_ms > sla_ms


ROWS = (
    Row(
        requirement="R-ART-13",
        name=NOTIFICATIONS,
        artifact_id="notification-log",
        step="1.3",
        consumers=(),
        gate="severity_alignment",
        render=content,
        metrics=NotificationMetrics,
        data=NotificationData,
    ),
)
