"""CloudEvents over HTTP and Kafka, made signals by a mapping over their attributes and their data.

CloudEvents has no notion of firing and resolved. Without a mapping an event means what
docs/signals/cloudevents.md says of its data.
"""

from __future__ import annotations

from msgspec.structs import replace

from consumers.cloudevents import HTTP, KAFKA, CloudEvent, fields, is_binary, read
from consumers.fields import Item
from consumers.format import Format
from consumers.generic import PLAIN as PLAIN_JSON
from consumers.mapping import Told, gathered, verdict
from consumers.mapping import read as read_mapped
from consumers.message import Decode, Message
from consumers.payload import WHOLE, DecodeError
from domain.mapping import Mapping, SignedBy, When
from domain.signal import Delivery, Rejected

FORMAT = "cloudevents-1.0"

PLAIN = replace(
    PLAIN_JSON,
    condition=("source", "subject"),
    state=replace(PLAIN_JSON.state, field="data.state"),
    starts_at=When(field="data.starts_at"),
    ends_at=When(field="data.ends_at"),
    at=None,
    labels={"severity": "severitytext"},
    labels_of=("data.labels",),
    annotations_of=("data.annotations",),
    link="data.link",
    group="data.group",
)
"""What an event means that nobody wrote a mapping for: our own words in its data."""


def decoder(mapping: Mapping) -> Decode:
    """Return the decoder of events that mean what ``mapping`` says; their ``time`` is when they were made."""

    def decode(message: Message, source: str) -> Delivery:
        prefix = KAFKA if f"{KAFKA}specversion" in message.headers else HTTP
        if message.secret is not None and is_binary(message.headers, prefix):
            # The signature is over the body alone, and here what identifies the event is not in it.
            raise DecodeError(
                "mode-unsigned", WHOLE, "structured mode, all of which is signed", "binary mode"
            )
        signature = verdict(message, mapping.signature)
        events = read(message.headers, message.body, prefix)
        told = (
            said
            for place, event in events.items()
            for said in _told(event, place, message.received_at, mapping, source)
        )
        return gathered(source, FORMAT, told, signature)

    return decode


def _told(
    event: CloudEvent | Rejected, place: str, received_at: str, mapping: Mapping, source: str
) -> tuple[Told, ...]:
    if isinstance(event, Rejected):
        return (event,)
    try:
        sent = fields(event, f"{place}.data" if place else "data")
        whole = Item(
            value=sent,
            place=place,
            whole=sent,
            whole_place=place,
            made_at=event.time,
            received_at=received_at,
        )
        return read_mapped(whole, mapping, source)
    except DecodeError as error:
        return (error.rejected,)


ROW = Format(
    name="cloudevents",
    version=FORMAT,
    decode=decoder(PLAIN),
    headers=frozenset({SignedBy().header}),
    prefixes=(HTTP, KAFKA),
    mapped=decoder,
)
