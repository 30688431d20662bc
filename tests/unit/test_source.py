"""What a delivery leaves on its source's stream."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from domain import source
from domain.own_commands import ReceiveDelivery
from domain.prose import prose
from domain.signal import Change, Delivery, Rejected, Silence
from domain.source_facts import (
    ChangeReported,
    DeliveryReceived,
    SignalRejected,
    SignalsTruncated,
    SilenceReported,
)
from tests.support.meaning import DELIVERY, context, signal

RAW = prose("stands for a blob")


@pytest.mark.req("R-EVT-10", "R-EVT-02")
def test_a_delivery_its_losses_and_its_rejections_are_facts_in_this_order() -> None:
    rejected = Rejected(reason_code="wrong-shape", place="alerts[1]", expected="an object", found="nothing")
    delivery = Delivery(
        source="am", format="f", signals=(signal(),), rejected=(rejected,), truncated=4, group="{}:{}"
    )
    command = ReceiveDelivery(delivery_id=DELIVERY, delivery=delivery, raw=RAW, headers=prose([["a", "b"]]))
    assert source.decide(command, context()) == (
        DeliveryReceived(
            delivery_id=DELIVERY,
            source="am",
            format="f",
            raw=RAW,
            alerts=1,
            rejected=1,
            truncated=4,
            group=prose("{}:{}"),
            headers=prose([["a", "b"]]),
        ),
        SignalsTruncated(delivery_id=DELIVERY, lost=4),
        SignalRejected(
            delivery_id=DELIVERY,
            reason_code="wrong-shape",
            place="alerts[1]",
            expected="an object",
            found=prose("nothing"),
        ),
    )


def test_of_very_many_rejections_some_are_told_and_all_are_counted() -> None:
    rejected = Rejected(reason_code="wrong-shape", place="alerts[1]", expected="an object", found="nothing")
    delivery = Delivery(source="am", format="f", rejected=(rejected,) * 1_000)
    command = ReceiveDelivery(delivery_id=DELIVERY, delivery=delivery, raw=RAW)
    first, *told = source.decide(command, context())
    assert isinstance(first, DeliveryReceived)
    assert (first.rejected, len(told)) == (1_000, 100)


def test_a_delivery_without_losses_is_one_fact() -> None:
    command = ReceiveDelivery(delivery_id=DELIVERY, delivery=Delivery(source="am", format="f"), raw=RAW)
    received = source.decide(command, context())
    assert len(received) == 1
    assert isinstance(received[0], DeliveryReceived)
    assert received[0].group is None


def test_changes_are_facts_of_their_source() -> None:
    bare = Change(change_id="a" * 64, summary="Search 4.2.0 is live", at="2026-03-01T02:05:00Z")
    full = replace(bare, reported_by="pipeline", link="https://a.example/", details=(("build", "7"),))
    delivery = Delivery(source="pd", format="f", changes=(bare, full), masked=2)
    first, *told = source.decide(ReceiveDelivery(delivery_id=DELIVERY, delivery=delivery, raw=RAW), context())
    assert isinstance(first, DeliveryReceived)
    assert first.masked == 2
    fact = ChangeReported(
        delivery_id=DELIVERY,
        change_id="a" * 64,
        summary=prose("Search 4.2.0 is live"),
        at="2026-03-01T02:05:00Z",
    )
    assert told == [
        fact,
        replace(
            fact,
            reported_by=prose("pipeline"),
            link=prose("https://a.example/"),
            details=prose((("build", "7"),)),
        ),
    ]


def test_a_silence_is_a_fact_of_its_source_with_who_and_why_sealed() -> None:
    silence = Silence(
        silence_id="d126b58b",
        change="updated",
        at="2026-03-01T02:10:00Z",
        starts_at="2026-03-01T02:00:00Z",
        ends_at="2026-03-01T04:00:00Z",
        created_by="robin",
        comment="Moving the queue",
        matchers=(('service="batch"',),),
    )
    delivery = Delivery(source="am", format="f", silences=(silence,))
    command = ReceiveDelivery(delivery_id=DELIVERY, delivery=delivery, raw=RAW)
    assert source.decide(command, context())[1:] == (
        SilenceReported(
            delivery_id=DELIVERY,
            silence_id="d126b58b",
            change="updated",
            at="2026-03-01T02:10:00Z",
            starts_at="2026-03-01T02:00:00Z",
            ends_at="2026-03-01T04:00:00Z",
            created_by=prose("robin"),
            comment=prose("Moving the queue"),
            matchers=prose((('service="batch"',),)),
        ),
    )
