"""Requests to tell people, and what people attest they told (R-STEP-13, R-DIR-01)."""

from __future__ import annotations

from collections.abc import Iterable

from domain.context import Context
from domain.flow.facts import EscalationAcknowledged
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.moment import timestamp
from domain.notices.acknowledging import takes_up, was_told
from domain.notices.audience import by_recipient, channel_of, recipients
from domain.notices.commands import Acknowledge, AttestNotice, RequestNotice
from domain.notices.facts import (
    Purpose,
    StakeholderAcknowledged,
    StakeholderNotificationFailed,
    StakeholderNotificationRequested,
    StakeholderNotified,
)
from domain.notices.notices import Notice
from domain.own_commands import RecordDelivery
from domain.past import checked
from domain.prose import optional_prose, prose
from domain.refusal import Refusal
from domain.severity.assessment import shown


def attest(state: Incident, command: AttestNotice, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return that the asker told those in the roles; it counts from when it is recorded (R-WF-35)."""
    at = checked("at", command.at, context.now)
    if isinstance(at, Refusal):
        return at
    return (
        StakeholderNotified(
            purpose=command.purpose,
            round=state.severity.round,
            roles=tuple(dict.fromkeys(command.roles)),
            channel=command.channel,
            proof="attested",
            note=optional_prose(command.note),
            at=None if at is None else timestamp(at),
        ),
    )


def request(state: Incident, command: RequestNotice, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return a request for each person who holds one of the roles."""
    if shown(state.severity) is None:
        return Refusal(
            code="SEVERITY_OPEN",
            message="nobody can be told a severity before one is proposed",
            expected="a proposal",
            found="none",
        )
    return requests(state, context, command.purpose, command.roles, command.text)


def acknowledge(
    state: Incident, command: Acknowledge, context: Context
) -> tuple[IncidentFact, ...] | Refusal:
    """Return that the asker, who was told or called, knows: of a notice, or of an escalation."""
    notice, escalation = state.notices.requested.get(command.id), state.escalations.get(command.id)
    if notice is not None:
        known = StakeholderAcknowledged(notification_id=command.id)
        fitting = was_told(state, context.principal, notice)
        return _once(known, fitting=fitting, before=notice.acknowledged)
    if escalation is not None:
        taken = EscalationAcknowledged(escalation_id=command.id)
        fitting = takes_up(state, context.principal, escalation)
        return _once(taken, fitting=fitting, before=escalation.acknowledged_by is not None)
    return Refusal(
        code="NOTICE_UNKNOWN",
        message="there is no such notice or escalation",
        place="id",
        expected="an id that the incident shows",
        found=command.id,
    )


def _once(fact: IncidentFact, *, fitting: bool, before: bool) -> tuple[IncidentFact, ...] | Refusal:
    if not fitting:
        return Refusal(
            code="NOT_TOLD",
            message="a notice is acknowledged by who was told, an escalation by who was called",
            place="id",
            expected="who was told, or who may take it up",
            found="you",
        )
    if before:
        return Refusal(
            code="ALREADY_ACKNOWLEDGED",
            message="it is acknowledged already",
            place="id",
            expected="what nobody has acknowledged",
            found="acknowledged",
        )
    return (fact,)


def record_delivery(state: Incident, command: RecordDelivery) -> tuple[IncidentFact, ...]:
    """Return what a channel made of a notice; nothing where that is settled already."""
    notice = state.notices.requested.get(command.notification_id)
    if notice is None or notice.settled:
        return ()
    if command.proof is None:
        return (
            StakeholderNotificationFailed(
                notification_id=command.notification_id,
                attempt=notice.attempts + 1,
                channel=command.channel,
                error=prose(command.error or "unknown"),
                next_retry_at=None if command.retry_at is None else timestamp(command.retry_at),
            ),
        )
    return (
        StakeholderNotified(
            notification_id=command.notification_id,
            purpose=notice.fact.purpose,
            round=notice.fact.round,
            roles=notice.fact.roles,
            channel=command.channel,
            proof=command.proof,
            provider_ref=optional_prose(command.provider_ref),
            sent_at=None if command.sent_at is None else timestamp(command.sent_at),
        ),
    )


def requests(
    state: Incident, context: Context, purpose: Purpose, roles: tuple[str, ...], text: str | None = None
) -> tuple[StakeholderNotificationRequested, ...]:
    """Return one request a recipient; their ids count within the round, from ``n1-1``.

    Who is called before any severity is proposed is called as for the highest.
    """
    severity, number = shown(state.severity) or "SEV-1", state.severity.round
    before = sum(notice.fact.round == number for notice in state.notices.requested.values())
    told = by_recipient(state, context.roster, tuple(dict.fromkeys(roles)))
    return tuple(
        StakeholderNotificationRequested(
            notification_id=f"n{number}-{before + i}",
            purpose=purpose,
            round=number,
            severity=severity,
            roles=held,
            channel=channel_of(context.roster, recipient),
            template_id=f"{purpose}.v1",
            recipient=recipient,
            text=optional_prose(text),
        )
        for i, (recipient, held) in enumerate(told.items(), 1)
    )


def is_asked(state: Incident, context: Context, role: str, asked: Iterable[Notice]) -> bool:
    """Return whether one of the notices ``asked`` for tells the role: its cover, where it is covered.

    It is asked of nobody only while nobody holds it.
    """
    told = [notice.fact for notice in asked if role in notice.fact.roles]
    if role in state.crew.covers:
        return any(fact.recipient == state.crew.covers[role] for fact in told)
    nobody = not recipients(state, context.roster, role)
    return any(fact.recipient is not None or nobody for fact in told)
