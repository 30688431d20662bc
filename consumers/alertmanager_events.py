"""Prometheus Alertmanager's event recorder: bytes to a `Delivery`.

Both schemas are read: that of 0.33 and 0.34 (``eventrecorder/eventrecorderpb/eventrecorder.proto``) and
``proto/eventrecorder/events/v2/events.proto`` of 0.35. A body is one event, an array of them (the webhook's
``batch``) or an event a line (the file). One unusable event, or alert in it, does not cost the others.

Condition and episode are those of the webhook (`consumers.alertmanager`), and so is the source's name if
no other is configured: the same alert told by both is one episode.
"""

from __future__ import annotations

from consumers.alertmanager import ROW as WEBHOOK
from consumers.alertmanager_event import Told, group_of, told
from consumers.format import Format
from consumers.json_lines import items
from consumers.message import Message
from consumers.payload import DecodeError, Json, an_object
from domain.signal import Delivery, Rejected, Remark, Signal, Silence

FORMAT = "alertmanager-events"


def decode(message: Message, source: str) -> Delivery:
    """Return what the events of ``source`` say; raises `DecodeError` if there is no event at all."""
    found = items(message.body)
    results = [
        result
        for place, value in found
        for result in ((value,) if isinstance(value, Rejected) else _told(value, place, message, source))
    ]
    groups = {group_of(value) for _, value in found if not isinstance(value, Rejected)}
    return Delivery(
        source=source,
        format=FORMAT,
        signals=tuple(item for item in results if isinstance(item, Signal)),
        remarks=tuple(item for item in results if isinstance(item, Remark)),
        silences=tuple(item for item in results if isinstance(item, Silence)),
        rejected=tuple(item for item in results if isinstance(item, Rejected)),
        group=groups.pop() if len(groups) == 1 else None,
    )


ROW = Format(name="alertmanager-events", version=FORMAT, decode=decode, source=WEBHOOK.name)


def _told(value: Json, place: str, message: Message, source: str) -> tuple[Told, ...]:
    try:
        return told(an_object(value, place), place, source, message.received_at)
    except DecodeError as error:
        return (error.rejected,)
