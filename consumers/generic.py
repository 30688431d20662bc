"""Any tool's JSON, made signals by a mapping; without one, by the members of docs/signals/generic.md."""

from __future__ import annotations

from typing import get_args

from consumers.fields import Item
from consumers.format import Format
from consumers.mapping import gathered, read, verdict
from consumers.message import Decode, Message
from consumers.payload import parse
from domain.classified import RemarkKind
from domain.mapping import Mapping, SignedBy, States, When
from domain.signal import Delivery

FORMAT = "json-mapped-v1"

PLAIN = Mapping(
    condition=("condition",),
    state=States(
        field="state",
        firing=("firing",),
        resolved=("resolved",),
        remark={word: word for word in get_args(RemarkKind)},
    ),
    starts_at=When(field="starts_at"),
    ends_at=When(field="ends_at"),
    at=When(field="at"),
    labels_of=("labels",),
    annotations_of=("annotations",),
    link="link",
    group="group",
)
"""What a message means that nobody wrote a mapping for: our own words for it."""


def decoder(mapping: Mapping) -> Decode:
    """Return the decoder of JSON that means what ``mapping`` says."""

    def decode(message: Message, source: str) -> Delivery:
        signature = verdict(message, mapping.signature)
        sent = parse(message.body)
        whole = Item(
            value=sent,
            place="",
            whole=sent,
            whole_place="",
            made_at=None,
            received_at=message.received_at,
        )
        return gathered(source, FORMAT, read(whole, mapping, source), signature)

    return decode


ROW = Format(
    name="generic",
    version=FORMAT,
    decode=decoder(PLAIN),
    headers=frozenset({SignedBy().header}),
    mapped=decoder,
)
