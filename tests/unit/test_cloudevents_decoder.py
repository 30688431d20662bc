"""CloudEvents become signals by a mapping over attributes and data, in every mode alike."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from consumers.cloudevents import HTTP, KAFKA, CloudEvent, binary, structured
from consumers.mapped_events import FORMAT, PLAIN, ROW, decoder
from consumers.message import Message
from consumers.payload import DecodeError, parse
from domain.mapping import Mapping, States
from domain.signal import Delivery, Rejected, Remark, Signal
from tests.support.careless import any_json, objects_around

NOW = "2026-03-01T02:10:07.000000Z"
# The publisher's own sample, as formats/json-format.md of cloudevents/spec has it.
SAMPLE = b"""{"specversion":"1.0","type":"com.example.someevent","source":"/mycontext","subject":null,
"id":"C234-1234-1234","time":"2018-04-05T17:31:00Z","comexampleextension1":"value","comexampleothervalue":5,
"datacontenttype":"application/json","data":{"appinfoA":"abc","appinfoB":123,"appinfoC":true}}"""
BY_TYPE = Mapping(
    condition=("source", "comexampleextension1"),
    state=States(
        field="type",
        firing=("com.example.someevent",),
        resolved=("com.example.someotherevent",),
        ignore=("com.example.heartbeat",),
    ),
    labels={"alertname": "data.appinfoA", "number": "comexampleothervalue", "count": "data.appinfoB"},
)
DATA = {
    "state": "firing",
    "labels": {"alertname": "DiskFull", "size": 1.50},
    "annotations": {"summary": "95 %"},
}
EVENT = CloudEvent(
    id="A234-1234-1234",
    source="/checks/disk",
    subject="db-1",
    type="com.example.disk.state",
    time="2026-03-01T02:10:00Z",
    datacontenttype="application/json",
    extensions=(("severitytext", "FATAL"),),
    data=parse(json.dumps(DATA).encode()),
)
MEMBERS: dict[str, Any] = json.loads(structured(EVENT)[1])
STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"


def message(headers: dict[str, str], body: bytes, secret: bytes | None = None) -> Message:
    return Message(body=body, headers=headers, received_at=NOW, secret=secret)


def told(body: object, mapping: Mapping = PLAIN, media: str = STRUCTURED) -> Delivery:
    """Return what a body in JSON says."""
    return decoder(mapping)(message({"content-type": media}, json.dumps(body).encode()), "events")


def hash_of(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()


SIGNAL = Signal(
    source="events",
    fingerprint=hash_of("/checks/disk", "db-1"),
    fingerprint_from="labels",
    status="firing",
    starts_at="2026-03-01T02:10:00Z",
    ends_at=None,
    labels=(("alertname", "DiskFull"), ("severity", "FATAL"), ("size", "1.5")),
    annotations=(("summary", "95 %"),),
    episode_from="state",
)


def test_the_publishers_sample_is_read_as_a_mapping_says() -> None:
    delivery = decoder(BY_TYPE)(message({"content-type": STRUCTURED}, SAMPLE), "events")
    assert delivery == Delivery(
        source="events",
        format=FORMAT,
        signals=(
            Signal(
                source="events",
                fingerprint=hash_of("/mycontext", "value"),
                fingerprint_from="labels",
                status="firing",
                starts_at="2018-04-05T17:31:00Z",
                ends_at=None,
                labels=(("alertname", "abc"), ("count", "123"), ("number", "5")),
                episode_from="state",
            ),
        ),
    )


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        structured(EVENT),
        binary(EVENT, HTTP),
        binary(EVENT, KAFKA),
        structured(replace(EVENT, data=json.dumps(DATA).encode())),
        ({"content-type": BATCH}, b"[" + structured(EVENT)[1] + b"]"),
        ({}, structured(EVENT)[1]),
    ],
    ids=["structured", "binary by HTTP", "binary by Kafka", "base64", "batch", "undeclared"],
)
def test_an_event_in_our_words_means_the_same_in_every_mode(headers: dict[str, str], body: bytes) -> None:
    assert ROW.decode(message(headers, body), "events") == Delivery(
        source="events", format=FORMAT, signals=(SIGNAL,)
    )


def test_the_state_may_be_in_the_type_and_other_events_be_ignored() -> None:
    over = {**json.loads(SAMPLE), "type": "com.example.someotherevent"}
    (signal,) = told(over, BY_TYPE).signals
    assert (signal.status, signal.ends_at) == ("resolved", "2018-04-05T17:31:00Z")
    assert told({**over, "type": "com.example.heartbeat"}, BY_TYPE) == Delivery(
        source="events", format=FORMAT
    )
    (rejected,) = told({**over, "type": "com.example.new"}, BY_TYPE).rejected
    assert (rejected.reason_code, rejected.place) == ("status-unknown", "type")


def test_an_event_without_a_time_is_as_old_as_its_message() -> None:
    (signal,) = told({**MEMBERS, "time": None}).signals
    assert (signal.starts_at, signal.ends_at) == (NOW, None)
    (over,) = told({**MEMBERS, "time": None, "data": {"state": "resolved"}}).signals
    assert over.ends_at is None


def test_a_start_in_the_data_is_that_of_the_episode() -> None:
    data = {
        **DATA,
        "state": "resolved",
        "starts_at": "2026-03-01T02:00:00Z",
        "ends_at": "2026-03-01T02:05:00Z",
    }
    (signal,) = told({**MEMBERS, "data": data}).signals
    assert (signal.starts_at, signal.ends_at, signal.episode_from) == (
        "2026-03-01T02:00:00Z",
        "2026-03-01T02:05:00Z",
        "sender",
    )


def test_what_is_neither_is_a_remark_at_the_time_of_the_event() -> None:
    delivery = told({**MEMBERS, "data": {**DATA, "state": "acknowledged"}})
    assert delivery.remarks == (
        Remark(
            source="events",
            fingerprint=SIGNAL.fingerprint,
            kind="acknowledged",
            at="2026-03-01T02:10:00Z",
            text="95 %",
        ),
    )


def test_one_unusable_event_does_not_cost_the_others() -> None:
    bad = {**MEMBERS, "data_base64": "e30=", "data": None, "datacontenttype": "application/json"}
    broken = {**MEMBERS, "data_base64": "ew==", "data": None}
    delivery = told([MEMBERS, {**MEMBERS, "id": ""}, bad, broken, {**MEMBERS, "subject": ""}], media=BATCH)
    assert delivery.signals == (SIGNAL,)
    assert [rejected.place for rejected in delivery.rejected] == [
        "[1].id",
        "[2].data.state",
        "[3].data",
        "[4].subject",
    ]


def test_an_event_may_hold_several_alerts() -> None:
    each = replace(
        BY_TYPE,
        each="data.alerts",
        condition=("$.source", "name"),
        state=replace(BY_TYPE.state, field="$.type"),
        labels={"alertname": "name"},
    )
    body = {**json.loads(SAMPLE), "data": {"alerts": [{"name": "a"}, {"name": ""}, {"name": "c"}]}}
    delivery = told([body], each, BATCH)
    assert [signal.labels for signal in delivery.signals] == [(("alertname", "a"),), (("alertname", "c"),)]
    assert [rejected.place for rejected in delivery.rejected] == ["[0].data.alerts[1].name"]
    (missing,) = told([{**body, "data": {}}], each, BATCH).rejected
    assert (missing.place, missing.expected) == ("[0].data.alerts", "an array")


def test_data_that_cannot_be_read_leaves_the_attributes() -> None:
    headers, _ = binary(EVENT, HTTP)
    mapping = replace(BY_TYPE, condition=("source",), state=replace(BY_TYPE.state, firing=(EVENT.type,)))
    avro = message({**headers, "content-type": "application/avro"}, b"\x00\x01")
    (signal,) = decoder(mapping)(avro, "events").signals
    assert signal.labels == ()


KEY = b"key of a test"


def test_with_a_key_only_what_is_signed_is_believed() -> None:
    headers, body = structured(EVENT)
    signature = "sha256=" + hmac.new(KEY, body, hashlib.sha256).hexdigest()
    signed = message({**headers, "x-hub-signature-256": signature}, body, KEY)
    assert ROW.decode(signed, "events").signature == "valid"
    with pytest.raises(DecodeError, match="absent"):
        ROW.decode(message(headers, body, KEY), "events")


@pytest.mark.parametrize("prefix", [HTTP, KAFKA])
def test_with_a_key_binary_mode_is_refused_for_its_headers_are_not_signed(prefix: str) -> None:
    headers, body = binary(EVENT, prefix)
    signature = "sha256=" + hmac.new(KEY, body, hashlib.sha256).hexdigest()
    with pytest.raises(DecodeError, match="structured") as caught:
        ROW.decode(message({**headers, "x-hub-signature-256": signature}, body, KEY), "events")
    assert caught.value.rejected.reason_code == "mode-unsigned"


def tried(item: Message, mapping: Mapping = PLAIN) -> Delivery | Rejected:
    """Return what a message decodes to; anything raised but the decoder's own error fails the test."""
    try:
        return decoder(mapping)(item, "events")
    except DecodeError as error:
        return error.rejected


@given(objects_around(MEMBERS), objects_around(DATA))
def test_a_careless_event_gives_a_delivery_or_the_decoders_own_error(
    event: dict[str, Any], data: dict[str, Any]
) -> None:
    for body in (event, {**MEMBERS, "data": data}):
        tried(message({"content-type": STRUCTURED}, json.dumps(body).encode()))
        found = tried(message({"content-type": BATCH}, json.dumps([body, MEMBERS]).encode()))
        assert isinstance(found, Rejected) or found.signals[-1] == SIGNAL


@given(
    any_json(), st.sampled_from([PLAIN, BY_TYPE]), st.sampled_from([STRUCTURED, BATCH, "application/json"])
)
def test_any_json_gives_a_delivery_or_the_decoders_own_error(
    value: object, mapping: Mapping, media: str
) -> None:
    tried(message({"content-type": media}, json.dumps(value).encode()), mapping)


@given(
    st.dictionaries(st.sampled_from(list(binary(EVENT, HTTP)[0])), st.text(st.characters(), max_size=9)),
    st.binary(max_size=99),
)
def test_any_headers_and_bytes_give_a_delivery_or_the_decoders_own_error(
    headers: dict[str, str], body: bytes
) -> None:
    tried(message({**binary(EVENT, HTTP)[0], **headers}, body))
    tried(message(headers, body))
