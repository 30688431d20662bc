"""Facts about telling people (R-EVT-14, R-DIR-01)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.classified import Code, Count, Id, Severity, Timestamp
from domain.people_facts import Channel as PersonalChannel
from domain.prose import Prose

Purpose = Literal["initial", "update", "escalation", "gate_failed", "resolution"]
"""What a notice is for."""

Channel = PersonalChannel | Literal["meeting"]
"""By what somebody is told; a meeting is attested by who was there (R-DEC-34)."""

Proof = Literal["accepted", "attested", "recorded_locally"]
"""What shows that somebody was told: an outside channel took it, a person says so, or a file here has it."""


class StakeholderNotificationRequested(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``recipient`` is to be told in their ``roles``; nobody reachable holds them where there is none."""

    notification_id: Id
    purpose: Purpose
    round: Count
    severity: Severity
    roles: tuple[Code, ...]
    channel: Channel
    template_id: Code
    recipient: Id | None = None
    text: Prose | None = None


class StakeholderNotified(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Those in ``roles`` were told: with a ``notification_id`` by a channel of ours, else a person says so.

    ``sent_at`` is the receipt's own time; what counts is when this was recorded (R-WF-35).
    """

    purpose: Purpose
    round: Count
    roles: tuple[Code, ...]
    channel: Channel
    proof: Proof
    notification_id: Id | None = None
    provider_ref: Prose | None = None
    sent_at: Timestamp | None = None
    note: Prose | None = None
    at: Timestamp | None = None


class StakeholderNotificationFailed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A channel did not take a notice; without ``next_retry_at`` it is given up."""

    notification_id: Id
    attempt: Count
    channel: Channel
    error: Prose
    next_retry_at: Timestamp | None = None


class StakeholderAcknowledged(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who was told says that they know."""

    notification_id: Id


NoticeFact = (
    StakeholderNotificationRequested
    | StakeholderNotified
    | StakeholderNotificationFailed
    | StakeholderAcknowledged
)
