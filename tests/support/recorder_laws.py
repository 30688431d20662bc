"""The law of the recorder's decoder: whatever the bytes, one error or something that can be stored."""

from __future__ import annotations

import msgspec

from consumers.payload import DecodeError
from domain import alert, facts, source
from domain.own_commands import NoteRemark, ReceiveDelivery
from domain.prose import prose, proses
from tests.support.meaning import DELIVERY, Seals, context, received
from tests.support.recorder_events import heard


def checked(body: bytes) -> None:
    """Hear a body; all that comes of it can be stored and read back."""
    try:
        delivery = heard(body)
    except DecodeError:
        return
    made: list[facts.Fact] = list(
        source.decide(ReceiveDelivery(delivery_id=DELIVERY, delivery=delivery, raw=prose("raw")), context())
    )
    for found in delivery.signals:
        made += alert.decide(alert.NOTHING, received(found), context())
    for item in delivery.remarks:
        made += alert.decide(alert.NOTHING, NoteRemark(delivery_id=DELIVERY, remark=item), context())
    for fact in map(Seals().fact, made):
        assert all(text.c for text in proses(fact))
        data = msgspec.json.decode(msgspec.json.encode(facts.encode(fact)))
        assert facts.decode(facts.type_name(fact), data) == fact
