"""Communications: who had to be told, how soon they were, and every message."""

from __future__ import annotations

from collections.abc import Iterable

from domain.policy import Policy
from projections.artifacts.rendering import Rendering
from projections.blocks import Blocks, items, nested, paragraph
from projections.communication_log import (
    MINUTE_MS,
    CommunicationLog,
    Message,
    RoleTold,
    communication_log,
)
from projections.inline import listed, role
from projections.report.found import began
from projections.report.terms import CHANNELS, PURPOSES
from projections.spans import clock, span
from projections.units import duration


def blocks(rendering: Rendering) -> Blocks:
    """Return who must be told in the present round, and all messages."""
    log = communication_log(rendering.facts, rendering.case)
    start = began(rendering)
    return (
        *promptness(log, rendering.case.policy),
        *items(required(one, start) for one in log.required),
        *_messages(log, start),
    )


def _messages(log: CommunicationLog, start: str) -> Blocks:
    """Return the messages, but of delivered updates, of which there may be hundreds, their number."""
    shown = [one for one in log.messages if one.purpose != "update" or one.status != "delivered"]
    routine = len(log.messages) - len(shown)
    more = f"Updates that were delivered besides: {routine}, all in communication-log.md."
    return (
        *((paragraph("Messages:"), *items(message(one, start) for one in shown)) if shown else ()),
        *((paragraph(more),) if routine else ()),
    )


def promptness(log: CommunicationLog, policy: Policy) -> Blocks:
    """Return whether everybody was told in time, once a severity is agreed."""
    limit_ms = policy.notification.sla_minutes * MINUTE_MS
    if log.consensus_at is None:
        return ()
    if log.latency_ms is None:
        return (paragraph("Not everybody who must be told was told."),)
    late = "LATE" if log.latency_ms > limit_ms else "in time"
    took = duration(log.latency_ms) if log.latency_ms > limit_ms else span(log.latency_ms)
    return (
        paragraph(
            f"The last of those who had to be told was told {took} after the severity was agreed: {late}"
            f" ({span(limit_ms)} are allowed)."
        ),
    )


def required(one: RoleTold, start: str) -> str:
    """Return a role that must be told, and when it was."""
    told = "NOT told" if one.told_at is None else f"told at {clock(one.told_at, start)}"
    cover = "" if one.covered_by is None else f", {one.covered_by} standing in"
    return f"{role(one.role)}: {told}{cover}"


def message(one: Message, start: str) -> str:
    """Return one message, with what became of it below."""
    roles = listed(map(role, one.roles))
    to = roles if one.recipient is None else f"{one.recipient} ({roles})"
    at = one.happened_at or one.told_at or one.requested_at or start
    late = f", written down at {clock(one.told_at, at)}" if one.reported_late and one.told_at else ""
    line = (
        f"{clock(at, start)}: {PURPOSES[one.purpose]} to {to} {CHANNELS[one.channel]}, {_status(one)}{late}"
    )
    return nested(line, _details(one, start))


def _status(one: Message) -> str:
    match one.status:
        case "attested":
            return f"as {one.by} states"
        case "delivered" if one.proof == "recorded_locally" and one.counts:
            return "recorded"
        case "delivered":
            return "delivered" if one.counts else "kept here only, which does not count"
        case "retrying":
            return "NOT delivered yet"
        case "failed":
            return "NOT delivered"
        case "requested":
            return "not sent yet"


def _details(one: Message, start: str) -> Iterable[str]:
    if one.text is not None:
        yield f"“{one.text}”"
    for failure in one.failures:
        again = (
            "given up"
            if failure.next_retry_at is None
            else f"tried again at {clock(failure.next_retry_at, start)}"
        )
        yield f"Attempt {failure.attempt} failed at {clock(failure.at, start)}, {again}: “{failure.error}”"
    if one.acknowledged_by:
        yield f"Confirmed by {listed(one.acknowledged_by)}"
