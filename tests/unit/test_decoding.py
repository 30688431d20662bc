"""Whatever is in a message, it becomes a delivery; and what is kept of one that failed has no key in it."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from consumers import pagerduty, pagerduty_changes
from consumers.decoding import decoded
from consumers.format import Format
from consumers.formats import FORMATS
from consumers.message import Message
from domain.signal import Delivery

KEY = "e93facc04764012d7bfb002500d5d1a6"
BODY = json.dumps({"routing_key": KEY, "event_action": "trigger", "payload": {"summary": "x"}}).encode()
AT = "2026-03-01T02:15:00.000000Z"


def message(body: bytes = BODY, secret: bytes | None = None) -> Message:
    return Message(body=body, received_at=AT, secret=secret)


def broken(_message: Message, _source: str) -> Delivery:
    raise ZeroDivisionError


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
def test_a_decoder_that_fails_makes_a_delivery_that_says_so(form: Format) -> None:
    (rejected,) = decoded(replace(form, decode=broken), message(), form.name).rejected
    assert (rejected.reason_code, rejected.found) == ("decoder-failed", "ZeroDivisionError")


@pytest.mark.parametrize("form", [pagerduty.ROW, pagerduty_changes.ROW], ids=["events", "changes"])
def test_a_key_in_the_message_is_masked_even_where_its_decoder_fails(form: Format) -> None:
    kept = decoded(replace(form, decode=broken), message(), form.name).kept
    assert kept is not None
    assert KEY.encode() not in kept


def test_a_key_is_masked_where_a_message_is_not_believed_for_want_of_a_signature() -> None:
    delivery = decoded(pagerduty.ROW, message(secret=b"s"), "pagerduty")
    assert [item.reason_code for item in delivery.rejected] == ["signature-absent"]
    assert (delivery.signals, delivery.kept is not None) == ((), True)
    assert KEY.encode() not in (delivery.kept or b"")
