"""What a delivery adds to its source's stream: that it came, what was lost, unusable, or changed."""

from __future__ import annotations

from domain.context import Context
from domain.own_commands import ReceiveDelivery
from domain.prose import optional_prose, prose
from domain.signal import Change, Rejected
from domain.source_facts import (
    ChangeReported,
    DeliveryReceived,
    SignalRejected,
    SignalsTruncated,
    SourceFact,
)
from domain.text import code

REJECTIONS_TOLD = 100
"""How many unusable parts of one delivery are told one by one; all are counted, and the message is kept."""


def decide(command: ReceiveDelivery, _context: Context) -> tuple[SourceFact, ...]:
    """Return one `DeliveryReceived`, then the losses, each rejection, each change. There is no state."""
    delivery, delivery_id = command.delivery, command.delivery_id
    lost = (SignalsTruncated(delivery_id=delivery_id, lost=delivery.truncated),) if delivery.truncated else ()
    told = delivery.rejected[:REJECTIONS_TOLD]
    changes = (_changed(delivery_id, item) for item in delivery.changes)
    return (_received(command), *lost, *(_rejected(delivery_id, item) for item in told), *changes)


def _received(command: ReceiveDelivery) -> DeliveryReceived:
    delivery = command.delivery
    return DeliveryReceived(
        delivery_id=command.delivery_id,
        source=code(delivery.source),
        format=delivery.format,
        raw=command.raw,
        alerts=len(delivery.signals),
        rejected=len(delivery.rejected),
        truncated=delivery.truncated,
        group=optional_prose(delivery.group),
        headers=command.headers,
        remarks=len(delivery.remarks),
        signature=delivery.signature,
        origin=command.origin,
        replay_of=command.replay_of,
        masked=delivery.masked,
    )


def _rejected(delivery_id: str, item: Rejected) -> SignalRejected:
    return SignalRejected(
        delivery_id=delivery_id,
        reason_code=item.reason_code,
        place=code(item.place),
        expected=code(item.expected),
        found=prose(item.found),
    )


def _changed(delivery_id: str, item: Change) -> ChangeReported:
    return ChangeReported(
        delivery_id=delivery_id,
        change_id=item.change_id,
        summary=prose(item.summary),
        at=item.at,
        reported_by=optional_prose(item.reported_by),
        link=optional_prose(item.link),
        details=prose(item.details) if item.details else None,
    )
