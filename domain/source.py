"""What a delivery adds to its source's stream: that it came, what was lost or unusable, what was silenced."""

from __future__ import annotations

from domain.context import Context
from domain.own_commands import ReceiveDelivery
from domain.prose import optional_prose, prose
from domain.signal import Rejected, Silence
from domain.source_facts import (
    DeliveryReceived,
    SignalRejected,
    SignalsTruncated,
    SilenceReported,
    SourceFact,
)
from domain.text import code

REJECTIONS_TOLD = 100
"""How many unusable parts of one delivery are told one by one; all are counted, and the message is kept."""


def decide(command: ReceiveDelivery, _context: Context) -> tuple[SourceFact, ...]:
    """Return one `DeliveryReceived`, the sender's losses, each rejection, each silence. No state is kept."""
    delivery, delivery_id = command.delivery, command.delivery_id
    lost = (SignalsTruncated(delivery_id=delivery_id, lost=delivery.truncated),) if delivery.truncated else ()
    told = delivery.rejected[:REJECTIONS_TOLD]
    silences = (_silence(delivery_id, item) for item in delivery.silences)
    return (_received(command), *lost, *(_rejected(delivery_id, item) for item in told), *silences)


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
    )


def _rejected(delivery_id: str, item: Rejected) -> SignalRejected:
    return SignalRejected(
        delivery_id=delivery_id,
        reason_code=item.reason_code,
        place=code(item.place),
        expected=code(item.expected),
        found=prose(item.found),
    )


def _silence(delivery_id: str, item: Silence) -> SilenceReported:
    return SilenceReported(
        delivery_id=delivery_id,
        silence_id=code(item.silence_id),
        change=item.change,
        at=item.at,
        starts_at=item.starts_at,
        ends_at=item.ends_at,
        matchers=prose(item.matchers),
        receivers=prose(item.receivers) if item.receivers else None,
        created_by=optional_prose(item.created_by),
        comment=optional_prose(item.comment),
        annotations=prose(item.annotations) if item.annotations else None,
    )
