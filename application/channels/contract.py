"""The seam between what is to be told and how: a channel takes a message or says why not (R-COM-31)."""

from __future__ import annotations

from typing import Protocol

import msgspec

from domain.classified import Severity
from domain.notices.facts import Proof, Purpose
from projections.outbox import key


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What every channel passes on, in the order in which it is written."""

    notification_id: str
    incident: str
    number: str
    purpose: Purpose
    round: int
    severity: Severity
    roles: tuple[str, ...]
    drill: bool
    subject: str
    text: str
    requested_at: str


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One notice for one recipient, None where nobody holds the roles. Addresses are the channel's affair."""

    recipient: str | None
    content: Content

    @property
    def key(self) -> str:
        """The same in every attempt, so that whoever gets it twice can tell."""
        return key(self.content.incident, self.content.notification_id)

    def __repr__(self) -> str:
        # The content is text that belongs to people: it must not show in a log by accident.
        return f"Message({self.key})"


class Delivered(msgspec.Struct, frozen=True, kw_only=True):
    """The channel has taken the message; ``ref`` is its own name for that, if it gave one."""

    proof: Proof
    ref: str | None = None


class Undelivered(msgspec.Struct, frozen=True, kw_only=True):
    """It has not; ``error`` names no address. ``permanent``: trying again would end the same."""

    error: str
    permanent: bool = False


class Channel(Protocol):
    """Delivers at least once: whoever crashed after a delivery delivers the same message again."""

    def deliver(self, message: Message) -> Delivered | Undelivered:
        """Return what became of the message, within a bounded time."""
