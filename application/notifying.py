"""What became of a notice, on record; and when it is tried again (R-COM-31, R-DIR-01).

Five attempts by the channel that was asked for, 1, 2, 4 and 8 seconds apart. Then, or at once where trying
again would end the same, the file channel takes it, so that it is at least written down here.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from application.channels.contract import Delivered, Undelivered
from application.contexts import fresh_context, full_context
from application.engine import Engine
from application.insisting import insisting
from application.recording import Decided, Item, Recording, record
from application.steps import Steps
from domain import incident
from domain.context import Context, Principal
from domain.notices.facts import Channel
from domain.own_commands import RecordDelivery
from domain.recorded_at import recorded_at
from domain.refusal import OnRecord, Refusal
from ledger.append import Receipt
from projections.outbox import Waiting

NOTIFIER = Principal(id="p-notifier", type="system", roles=("notifier",))

LOCAL: Channel = "file"
DELAYS_S = (1, 2, 4, 8)
ATTEMPTS = len(DELAYS_S) + 1
"""How often a channel is asked before the file takes the notice."""

LAST = 2 * ATTEMPTS
"""When even the file has failed as often, the notice is given up: a fact that nobody can overlook."""


def record_delivery(
    engine: Engine, stream: str, command: RecordDelivery, cause: str | None = None
) -> Steps[Receipt | None]:
    """Return the receipt of what a delivery came to, with all that follows; None where that is settled.

    ``cause`` is the id of the event that requested the notice. Raises `StoreBusy` when others were first time
    and again, and what `record` raises.
    """
    context = fresh_context(engine, NOTIFIER)
    return (yield from insisting(engine, lambda: _attempt(engine, stream, command, cause, context)))


def _attempt(
    engine: Engine, stream: str, command: RecordDelivery, cause: str | None, context: Context
) -> Steps[Receipt | None]:
    folded = engine.states.incident(stream)
    told = full_context(engine, context, folded, command)
    facts = incident.decide(folded.state, command, told)
    if isinstance(facts, Refusal | OnRecord):
        raise AssertionError(f"{stream}: {command.notification_id} was refused: {facts}")
    if not facts:
        return None
    items = tuple(Item(fact=fact, id=engine.new_id(), cause=cause, incident=stream) for fact in facts)
    at = recorded_at(folded.state, told)
    part = Decided(stream=stream, version=folded.version, items=items, at=at)
    recording = Recording(parts=(part,), principal=NOTIFIER, roles=NOTIFIER.roles, now=told.now)
    return (yield from record(engine, recording))


def channel_for(waiting: Waiting) -> Channel:
    """Return the channel whose turn it is: the one asked for, until it has failed often enough."""
    return LOCAL if waiting.attempts >= ATTEMPTS else waiting.request.channel


def outcome(
    waiting: Waiting, channel: Channel, found: Delivered | Undelivered, now: datetime
) -> RecordDelivery:
    """Return the command that puts on record what a channel made of a notice."""
    if isinstance(found, Delivered):
        return RecordDelivery(
            notification_id=waiting.request.notification_id,
            channel=channel,
            proof=found.proof,
            provider_ref=found.ref,
            sent_at=now,
        )
    return RecordDelivery(
        notification_id=waiting.request.notification_id,
        channel=channel,
        error=found.error,
        retry_at=retry_at(waiting.attempts + 1, channel, now, permanent=found.permanent),
    )


def retry_at(attempt: int, channel: Channel, now: datetime, *, permanent: bool) -> datetime | None:
    """Return when a notice is tried again after ``attempt`` failed: now, if it is the file's turn."""
    if attempt >= LAST:
        return None
    if channel != LOCAL and (permanent or attempt >= ATTEMPTS):
        return now
    return now + timedelta(seconds=DELAYS_S[min(attempt, len(DELAYS_S)) - 1])
