"""What a delivery adds to its source's stream: that it came, what was lost, unusable, changed or silenced."""

from __future__ import annotations

from domain.context import Context
from domain.own_commands import AggregateDeliveries, ReceiveDelivery
from domain.prose import optional_prose, prose
from domain.signal import Change, Rejected, Silence
from domain.source_facts import (
    ChangeReported,
    DeliveriesAggregated,
    DeliveryReceived,
    SignalRejected,
    SignalsTruncated,
    SilenceReported,
    SourceFact,
)
from domain.text import code

REJECTIONS_TOLD = 100
"""How many unusable parts of one delivery are told one by one; all are counted, and the message is kept."""


def decide(command: ReceiveDelivery | AggregateDeliveries, _context: Context) -> tuple[SourceFact, ...]:
    """Return one `DeliveryReceived`, then losses, rejections, changes and silences. There is no state.

    Of messages that are told together there is one `DeliveriesAggregated`, and nothing else to tell.
    """
    if isinstance(command, AggregateDeliveries):
        return (_aggregated(command),)
    delivery, delivery_id = command.delivery, command.delivery_id
    lost = (SignalsTruncated(delivery_id=delivery_id, lost=delivery.truncated),) if delivery.truncated else ()
    told = delivery.rejected[:REJECTIONS_TOLD]
    changes = (_changed(delivery_id, item) for item in delivery.changes)
    silences = (_silence(delivery_id, item) for item in delivery.silences)
    rejected = (_rejected(delivery_id, item) for item in told)
    return (_received(command), *lost, *rejected, *changes, *silences)


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
        changes=len(delivery.changes),
        silences=len(delivery.silences),
        signature=delivery.signature,
        origin=command.origin,
        replay_of=command.replay_of,
        masked=delivery.masked,
    )


def _aggregated(command: AggregateDeliveries) -> DeliveriesAggregated:
    return DeliveriesAggregated(
        delivery_id=command.delivery_id,
        source=code(command.source),
        format=command.format,
        raw=command.raw,
        root=command.root,
        count=command.count,
        alerts=command.alerts,
        first_at=command.first_at,
        last_at=command.last_at,
        records=command.records,
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
