"""Who was told what, by what channel, how soon, and who still has to be (R-STEP-13, R-DIR-01, R-WF-35)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from domain.facts import Fact
from domain.gates.criterion import Case
from domain.moment import later, milliseconds
from domain.notices.audience import recipients, required_roles
from domain.notices.facts import (
    Channel,
    Proof,
    Purpose,
    StakeholderAcknowledged,
    StakeholderNotificationFailed,
    StakeholderNotificationRequested,
    StakeholderNotified,
)
from domain.notices.latency import counts, notification_latency_ms, told_at
from domain.recorded import Stamped, UnknownFact
from domain.roster import Roster
from domain.severity.assessment import shown
from domain.severity.facts import SeverityConsensusReached
from projections.escalation_log import EscalationShown, escalation_log
from projections.timeline import is_late
from projections.told import Text, optional_text, text

Item = Stamped[Fact | UnknownFact]
Facts = tuple[Item, ...]
MINUTE_MS = 60_000


class FailedTry(Struct, frozen=True, kw_only=True):
    """A channel did not take a notice; without ``next_retry_at`` it was given up."""

    attempt: int
    channel: Channel
    error: Text
    at: str
    next_retry_at: str | None


class Message(Struct, frozen=True, kw_only=True):
    """A notice: one that was requested and what became of it, or one that a person attests.

    ``counts`` says whether the gate takes its proof; ``latency_ms`` runs from the consensus of its
    round to when it was recorded that they were told.
    """

    id: str | None
    status: Literal["requested", "retrying", "delivered", "attested", "failed"]
    purpose: Purpose
    round: int
    roles: tuple[str, ...]
    recipient: str | None
    channel: Channel
    proof: Proof | None
    counts: bool
    by: str
    requested_at: str | None
    told_at: str | None
    happened_at: str | None
    reported_late: bool
    latency_ms: int | None
    version: int
    text: Text | None
    failures: tuple[FailedTry, ...]
    acknowledged_by: tuple[str, ...]


class RoleTold(Struct, frozen=True, kw_only=True):
    """A role that must be told in this round, and how that stands; ``held_by`` null where not looked up."""

    role: str
    told_at: str | None
    latency_ms: int | None
    covered_by: str | None
    held_by: tuple[str, ...] | None
    standing: str


class CommunicationLog(Struct, frozen=True, kw_only=True):
    """Everything that was told, and the roles that must be told in the present round."""

    version: int
    as_of: str
    round: int
    consensus_at: str | None
    due_at: str | None
    latency_ms: int | None
    required: tuple[RoleTold, ...]
    messages: tuple[Message, ...]
    escalations: tuple[EscalationShown, ...]


def communication_log(
    facts: Iterable[Stamped[Fact | UnknownFact]], case: Case, roster: Roster | None = None
) -> CommunicationLog:
    """Return the log of one incident, whose ``facts`` lead to the case.

    Without a ``roster`` the log does not say who holds a role.
    """
    items = tuple(facts)
    agreed = case.incident.severity.agreed
    sla = case.policy.notification.sla_minutes * MINUTE_MS
    return CommunicationLog(
        version=case.incident.version,
        as_of=case.at,
        round=case.incident.severity.round,
        consensus_at=None if agreed is None else agreed.at,
        due_at=None if agreed is None else later(agreed.at, sla),
        latency_ms=notification_latency_ms(case.incident, case.policy),
        required=_required(case, roster),
        messages=_messages(items, case),
        escalations=escalation_log(items, case.at),
    )


def _required(case: Case, roster: Roster | None) -> tuple[RoleTold, ...]:
    severity = shown(case.incident.severity)
    if severity is None:
        return ()
    return tuple(_role(role, case, roster) for role in required_roles(case.policy, severity))


def _role(role: str, case: Case, roster: Roster | None) -> RoleTold:
    incident = case.incident
    told, agreed = told_at(incident, role), incident.severity.agreed
    held_by = None if roster is None else recipients(incident, roster, role)
    return RoleTold(
        role=role,
        told_at=told,
        latency_ms=None if told is None or agreed is None else milliseconds(agreed.at, told),
        covered_by=incident.crew.covers.get(role),
        held_by=held_by,
        standing=_standing(role, told, held_by),
    )


def _standing(role: str, told: str | None, held_by: tuple[str, ...] | None) -> str:
    if told is not None:
        return "told"
    return f"no one holds {role}" if held_by == () else "not told yet"


class _Sent(Struct, frozen=True, kw_only=True):
    """What became of requested notices, by their ids: looked up, since there may be thousands."""

    told: Mapping[str, tuple[Item, StakeholderNotified]]
    failures: Mapping[str, tuple[FailedTry, ...]]
    acknowledged: Mapping[str, tuple[str, ...]]
    agreed: Mapping[int, str]


def _messages(items: Facts, case: Case) -> tuple[Message, ...]:
    sent = _sent(items)
    found = []
    for item in items:
        if isinstance(item.fact, StakeholderNotificationRequested):
            found.append(_requested(item, item.fact, sent, case))
        elif isinstance(item.fact, StakeholderNotified) and item.fact.notification_id is None:
            found.append(_attested(item, item.fact, case, sent.agreed))
    return tuple(found)


def _sent(items: Facts) -> _Sent:
    told: dict[str, tuple[Item, StakeholderNotified]] = {}
    failures: dict[str, list[FailedTry]] = {}
    acknowledged: dict[str, list[str]] = {}
    agreed: dict[int, str] = {}
    for item in items:
        match item.fact:
            case StakeholderNotified(notification_id=str(ident)) as fact:
                told.setdefault(ident, (item, fact))
            case StakeholderNotificationFailed(notification_id=ident) as fact:
                failures.setdefault(ident, []).append(_failure(item, fact))
            case StakeholderAcknowledged(notification_id=ident):
                acknowledged.setdefault(ident, []).append(item.authid)
            case SeverityConsensusReached(round=number):
                agreed[number] = item.recordedtime
            case _:
                pass
    return _Sent(
        told=told,
        failures={ident: tuple(tries) for ident, tries in failures.items()},
        acknowledged={ident: tuple(dict.fromkeys(who)) for ident, who in acknowledged.items()},
        agreed=agreed,
    )


def _requested(item: Item, fact: StakeholderNotificationRequested, sent: _Sent, case: Case) -> Message:
    ident = fact.notification_id
    told, delivered = sent.told.get(ident, (None, None))
    at = None if told is None else told.recordedtime
    failures = sent.failures.get(ident, ())
    return Message(
        id=ident,
        status="delivered" if delivered is not None else _undelivered(failures),
        purpose=fact.purpose,
        round=fact.round,
        roles=fact.roles,
        recipient=fact.recipient,
        channel=fact.channel if delivered is None else delivered.channel,
        proof=None if delivered is None else delivered.proof,
        counts=delivered is not None and counts(case.incident, delivered.proof),
        by=item.authid,
        requested_at=item.recordedtime,
        told_at=at,
        happened_at=None if delivered is None else delivered.sent_at,
        reported_late=delivered is not None
        and delivered.sent_at is not None
        and is_late(delivered.sent_at, at or ""),
        latency_ms=_latency(fact.round, at, sent.agreed),
        version=item.version,
        text=optional_text(fact.text),
        failures=failures,
        acknowledged_by=sent.acknowledged.get(ident, ()),
    )


def _attested(item: Item, fact: StakeholderNotified, case: Case, agreed: Mapping[int, str]) -> Message:
    return Message(
        id=None,
        status="attested",
        purpose=fact.purpose,
        round=fact.round,
        roles=fact.roles,
        recipient=None,
        channel=fact.channel,
        proof=fact.proof,
        counts=counts(case.incident, fact.proof),
        by=item.authid,
        requested_at=None,
        told_at=item.recordedtime,
        happened_at=fact.at,
        reported_late=is_late(item.time, item.recordedtime),
        latency_ms=_latency(fact.round, item.recordedtime, agreed),
        version=item.version,
        text=optional_text(fact.note),
        failures=(),
        acknowledged_by=(),
    )


def _failure(item: Item, fact: StakeholderNotificationFailed) -> FailedTry:
    return FailedTry(
        attempt=fact.attempt,
        channel=fact.channel,
        error=text(fact.error),
        at=item.recordedtime,
        next_retry_at=fact.next_retry_at,
    )


def _undelivered(failures: tuple[FailedTry, ...]) -> Literal["requested", "retrying", "failed"]:
    if not failures:
        return "requested"
    return "failed" if failures[-1].next_retry_at is None else "retrying"


def _latency(number: int, at: str | None, agreed: Mapping[int, str]) -> int | None:
    consensus_at = agreed.get(number)
    return None if at is None or consensus_at is None else milliseconds(consensus_at, at)
