"""``communication-log.md``: who was told what, by what channel, how soon, and who confirmed it (R-ART-12)."""

from __future__ import annotations

from collections.abc import Iterable

from domain.artifacts import COMMUNICATION
from projections.artifacts.banners import said_first
from projections.artifacts.content import Content
from projections.artifacts.rendering import Rendering
from projections.artifacts.row import Row
from projections.blocks import document, heading, items
from projections.communication_log import CommunicationLog, communication_log
from projections.escalation_log import EscalationShown
from projections.inline import listed, role
from projections.report.communications import message, promptness, required
from projections.report.found import began
from projections.spans import clock


def content(rendering: Rendering) -> Content | None:
    """Return the log, None before anybody was to be told anything."""
    log = communication_log(rendering.facts, rendering.case)
    if not log.messages and not log.escalations:
        return None
    sent = log.latency_ms is not None
    start = began(rendering)
    return Content(
        status="sent" if sent else "incomplete",
        metrics={
            "acknowledged": sum(bool(one.acknowledged_by) for one in log.messages),
            "messages": len(log.messages),
            "notification_latency_ms": log.latency_ms,
            "notifications_sent": sent,
            "stakeholder_count": len(log.required),
        },
        data={"round": log.round, "consensus_at": log.consensus_at, "due_at": log.due_at},
        body=document(
            (
                heading(1, f"Communication log: {rendering.row.heading}"),
                *said_first(rendering.row),
                heading(2, "Who had to be told"),
                *promptness(log, rendering.case.policy),
                *items((required(one, start) for one in log.required), "No severity is agreed yet."),
                heading(2, "Messages"),
                *items((message(one, start) for one in log.messages), "Nobody was told anything."),
                heading(2, "Acknowledgements"),
                *items(_acknowledged(log, start), "Nobody has confirmed a message."),
                heading(2, "Calls for help"),
                *items((_escalation(one, start) for one in log.escalations), "Nobody was called."),
            )
        ),
    )


def _acknowledged(log: CommunicationLog, start: str) -> Iterable[str]:
    for one in log.messages:
        if one.acknowledged_by:
            at = clock(one.told_at or one.requested_at or start, start)
            to = listed(map(role, one.roles))
            yield f"{listed(one.acknowledged_by)} confirmed the message of {at} to {to}"


def _escalation(one: EscalationShown, start: str) -> str:
    answered = "NOT answered" if one.acknowledged_by is None else f"answered by {one.acknowledged_by}"
    called = f"{one.by} called the {role(one.to_role)}: “{one.rationale}”"
    return f"{clock(one.raised_at, start)}: {called} ({answered})"


ROWS = (
    Row(
        requirement="R-ART-12",
        name=COMMUNICATION,
        artifact_id="communication-log",
        step="1.3",
        consumers=("22",),
        gate="severity_alignment",
        counted=True,
        render=content,
    ),
)
