"""CloudEvents over HTTP and Kafka: the examples of the specification, every mode, there and back again.

The examples are those of cloudevents/spec 1.0.2, its JSON format and its HTTP and Kafka bindings; what stands
there for data is spelled out here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_binary_event
from cloudevents.core.formats.json import JSONFormat
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from consumers.cloudevents import (
    BATCH,
    HTTP,
    KAFKA,
    STRUCTURED,
    CloudEvent,
    binary,
    content,
    read,
    structured,
)
from consumers.payload import DecodeError, NumberText
from domain.signal import Rejected

USUAL = b"""{"specversion":"1.0","type":"com.example.someevent","source":"/mycontext","id":"ID",
"time":"2018-04-05T17:31:00Z","comexampleextension1":"value","comexampleothervalue":5,"unsetextension":null"""
EVENT = CloudEvent(
    id="A234-1234-1234",
    source="/mycontext",
    type="com.example.someevent",
    time="2018-04-05T17:31:00Z",
    extensions=(("comexampleextension1", "value"), ("comexampleothervalue", "5")),
)
HEADERS = {
    "ce-specversion": "1.0",
    "ce-type": "com.example.someevent",
    "ce-source": "/mycontext",
    "ce-id": "A234-1234-1234",
    "ce-time": "2018-04-05T17:31:00Z",
    "ce-comexampleextension1": "value",
    "ce-comexampleothervalue": "5",
}


def one(headers: Mapping[str, str], body: bytes = b"", prefix: str = HTTP) -> CloudEvent:
    """Return the event that is a whole message."""
    (event,) = read(headers, body, prefix).values()
    assert isinstance(event, CloudEvent)
    return event


def spelled(identity: str, rest: str) -> bytes:
    return USUAL.replace(b'"ID"', json.dumps(identity).encode()) + rest.encode() + b"}"


def refused(headers: Mapping[str, str], body: bytes = b"", prefix: str = HTTP) -> Rejected:
    with pytest.raises(DecodeError) as caught:
        read(headers, body, prefix)
    return caught.value.rejected


JSON_DATA = '{"appinfoA":"abc","appinfoB":123,"appinfoC":true}'
EXAMPLES = [
    (
        "A234-1234-1234",
        ',"datacontenttype":"application/vnd.apache.thrift.binary","data_base64":"AP/+"',
        "application/vnd.apache.thrift.binary",
        b"\x00\xff\xfe",
        b"\x00\xff\xfe",
    ),
    (
        "B234-1234-1234",
        ',"datacontenttype":"application/xml","data":"<much wow=\\"xml\\"/>"',
        "application/xml",
        '<much wow="xml"/>',
        b'<much wow="xml"/>',
    ),
    (
        "C234-1234-1234",
        f',"subject":null,"datacontenttype":"application/json","data":{JSON_DATA}',
        "application/json",
        {"appinfoA": "abc", "appinfoB": NumberText("123"), "appinfoC": True},
        JSON_DATA.encode(),
    ),
    (
        "D234-1234-1234",
        ',"subject":null,"data":"I\'m just a string"',
        None,
        "I'm just a string",
        b'"I\'m just a string"',
    ),
]


@pytest.mark.parametrize(("identity", "rest", "media", "data", "raw"), EXAMPLES)
def test_the_examples_of_the_json_format_are_read_and_written_in_both_modes(
    identity: str, rest: str, media: str | None, data: Any, raw: bytes
) -> None:
    event = replace(EVENT, id=identity, datacontenttype=media, data=data)
    assert one({"content-type": f"{STRUCTURED}; charset=UTF-8"}, spelled(identity, rest)) == event
    headers, body = binary(event, HTTP)
    assert headers == {**HEADERS, "ce-id": identity, "content-type": media or "application/json"}
    assert body == raw
    back = one(headers, body)
    assert replace(back, data=data, datacontenttype=media) == event
    assert back.data == raw


def test_the_batch_of_the_specification_is_two_events() -> None:
    first = spelled("B234-1234-1234", ',"data_base64":"AP8="')
    second = spelled("C234-1234-1234", f',"data":{JSON_DATA}')
    events = read({"content-type": f"{BATCH}; charset=UTF-8"}, b"[" + first + b"," + second + b"]", HTTP)
    assert {place: event.id for place, event in events.items() if isinstance(event, CloudEvent)} == {
        "[0]": "B234-1234-1234",
        "[1]": "C234-1234-1234",
    }
    assert read({"content-type": BATCH}, b"[]", HTTP) == {}


def test_the_example_of_the_kafka_binding_is_read() -> None:
    headers = {
        "ce_specversion": "1.0",
        "ce_type": "com.example.someevent",
        "ce_source": "/mycontext/subcontext",
        "ce_id": "1234-1234-1234",
        "ce_time": "2018-04-05T03:56:24Z",
        "content-type": "application/avro",
    }
    assert one(headers, b"\x00avro", KAFKA) == CloudEvent(
        id="1234-1234-1234",
        source="/mycontext/subcontext",
        type="com.example.someevent",
        time="2018-04-05T03:56:24Z",
        datacontenttype="application/avro",
        data=b"\x00avro",
    )


EURO = "Euro \u20ac \U0001f600"


def test_attributes_in_http_headers_are_percent_encoded_as_the_specification_shows() -> None:
    headers, _ = binary(replace(EVENT, subject=EURO), HTTP)
    assert headers["ce-subject"] == "Euro%20%E2%82%AC%20%F0%9F%98%80"
    assert binary(replace(EVENT, subject=EURO), KAFKA)[0]["ce_subject"] == EURO


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("Euro%20%E2%82%AC%20%F0%9F%98%80", EURO),
        ("Euro%20%e2%82%ac%20%f0%9f%98%80", EURO),
        ("%41%42", "AB"),
        ("100%25", "100%"),
        ("%2525", "%25"),
        ('"a \\"b\\" %25"', 'a "b" %'),
        ('"', '"'),
        ("%zz", "%zz"),
        ("\ud800", "\ufffd"),
    ],
)
def test_a_header_is_unquoted_and_percent_decoded_once(header: str, text: str) -> None:
    assert one({**HEADERS, "ce-subject": header}).subject == text


def test_a_kafka_header_is_text_as_it_is() -> None:
    headers = {name.replace("ce-", "ce_"): value for name, value in HEADERS.items()}
    assert one({**headers, "ce_subject": '"%41"'}, prefix=KAFKA).subject == '"%41"'


@pytest.mark.parametrize("text", ["%C0%A0", "%FF", "%ED%A0%80"])
def test_percent_encoded_bytes_that_are_no_utf_8_are_rejected(text: str) -> None:
    assert refused({**HEADERS, "ce-source": text}).place == "ce-source"
    rejected = refused({**HEADERS, "ce-ada": text})
    assert (rejected.reason_code, rejected.place) == ("wrong-shape", "headers[7]")


@pytest.mark.parametrize("name", ["id", "source", "type"])
@pytest.mark.parametrize("value", [None, "", 5, [], {}, True])
def test_what_identifies_an_event_is_a_text_that_is_not_empty(name: str, value: object) -> None:
    body = json.dumps({"specversion": "1.0", "id": "1", "source": "/", "type": "t", name: value}).encode()
    rejected = refused({"content-type": STRUCTURED}, body)
    assert (rejected.reason_code, rejected.place) == ("wrong-shape", name)
    gone = {key: text for key, text in HEADERS.items() if key != f"ce-{name}"}
    assert refused(gone).place == f"ce-{name}"


@pytest.mark.parametrize(
    ("changes", "code", "place"),
    [
        ({"specversion": "0.3"}, "version-unsupported", "specversion"),
        ({"specversion": 1.0}, "version-unsupported", "specversion"),
        ({"time": "yesterday"}, "time-invalid", "time"),
        ({"time": 5}, "wrong-shape", "time"),
        ({"subject": 5}, "wrong-shape", "subject"),
        ({"datacontenttype": {}}, "wrong-shape", "datacontenttype"),
        ({"data_base64": "?"}, "wrong-shape", "data_base64"),
        ({"data_base64": "\u00e9"}, "wrong-shape", "data_base64"),
        ({"data_base64": 5}, "wrong-shape", "data_base64"),
        ({"data_base64": "AA==", "data": 1}, "wrong-shape", "data_base64"),
    ],
)
def test_an_attribute_that_is_none_is_rejected_alone_in_a_batch(
    changes: dict[str, object], code: str, place: str
) -> None:
    good = {"specversion": "1.0", "id": "1", "source": "/", "type": "t"}
    body = json.dumps([good, {**good, **changes}]).encode()
    first, second = read({"content-type": BATCH}, body, HTTP).values()
    assert isinstance(first, CloudEvent)
    assert isinstance(second, Rejected)
    assert (second.reason_code, second.place) == (code, f"[1].{place}")


@pytest.mark.parametrize(
    ("headers", "body", "code", "place"),
    [
        ({"content-type": "application/cloudevents+avro"}, b"", "format-unsupported", "content-type"),
        (
            {"content-type": "application/cloudevents-batch+protobuf"},
            b"",
            "format-unsupported",
            "content-type",
        ),
        ({"content-type": STRUCTURED}, b"{", "not-json", "$"),
        ({"content-type": STRUCTURED}, b"[]", "wrong-shape", "$"),
        ({"content-type": STRUCTURED}, b"[" * 100_000, "not-json", "$"),
        ({"content-type": BATCH}, b"{}", "wrong-shape", "$"),
        ({"content-type": "application/json"}, b"{}", "not-a-cloudevent", "$"),
        ({}, b"7", "not-a-cloudevent", "$"),
        ({}, b"", "not-json", "$"),
        ({"ce-id": "1"}, b"{}", "version-unsupported", "ce-specversion"),
    ],
)
def test_a_message_that_is_no_event_is_refused_as_a_whole(
    headers: dict[str, str], body: bytes, code: str, place: str
) -> None:
    rejected = refused(headers, body)
    assert (rejected.reason_code, rejected.place) == (code, place)


@pytest.mark.parametrize("media", ["APPLICATION/CloudEvents+JSON; charset=utf-8", "application/cloudevents"])
def test_the_mode_is_told_by_the_content_type_whatever_its_case(media: str) -> None:
    event = one({**HEADERS, "ce-id": "other", "content-type": media}, spelled("A234-1234-1234", ""))
    assert event == EVENT


@pytest.mark.parametrize("media", ["application/json", "text/plain", None])
def test_an_event_that_says_so_itself_is_read_whatever_its_content_type(media: str | None) -> None:
    headers = {} if media is None else {"content-type": media}
    assert one(headers, spelled("A234-1234-1234", "")) == EVENT
    assert list(read(headers, b"[" + spelled("1", "") + b"]", HTTP)) == ["[0]"]


def test_members_that_can_be_no_attribute_are_left_out() -> None:
    body = spelled("A234-1234-1234", ',"camelCase":"x","under_score":"x","deep":{"x":1},"flag":true')
    extensions = (*EVENT.extensions, ("flag", "true"))
    assert one({"content-type": STRUCTURED}, body) == replace(EVENT, extensions=extensions)
    assert one({**HEADERS, "ce-under_score": "x"}).extensions == EVENT.extensions


@pytest.mark.parametrize(
    ("media", "data", "value"),
    [
        ("application/json", b'{"a":1}', {"a": NumberText("1")}),
        ("application/vnd.x+json; v=1", b"[]", []),
        (None, b'"x"', "x"),
        ("text/plain", b"a\xff", "a\ufffd"),
        ("application/avro", b"{}", None),
        ("application/avro", "text", "text"),
        (None, None, None),
    ],
)
def test_the_content_of_an_event_is_json_or_text_or_nothing(media: str | None, data: Any, value: Any) -> None:
    assert content(replace(EVENT, datacontenttype=media, data=data)) == value


def test_data_that_says_it_is_json_and_is_not_is_rejected() -> None:
    with pytest.raises(DecodeError) as caught:
        content(replace(EVENT, datacontenttype="application/json", data=b"{"))
    assert (caught.value.rejected.reason_code, caught.value.rejected.place) == ("not-json", "data")


TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('%" \\\u20ac\U0001f600'), min_size=1
)
VALUES = st.recursive(
    st.booleans() | st.text(max_size=6) | st.integers().map(str).map(NumberText),
    lambda inner: (
        st.lists(inner | st.none(), max_size=3)
        | st.dictionaries(st.text(max_size=4), inner | st.none(), max_size=3)
    ),
    max_leaves=6,
)
NAMES = st.from_regex("[a-z][a-z0-9]{0,8}", fullmatch=True).map("x".__add__)
EVENTS = st.builds(
    CloudEvent,
    id=TEXT,
    source=TEXT,
    type=TEXT,
    subject=st.none() | TEXT,
    time=st.none() | st.sampled_from(["2018-04-05T17:31:00Z", "2026-03-01T02:10:00.123456789+01:00"]),
    datacontenttype=st.none() | st.sampled_from(["application/json", "text/plain", "application/avro"]),
    extensions=st.dictionaries(NAMES, TEXT, max_size=3).map(lambda found: tuple(sorted(found.items()))),
    data=st.none() | st.binary(max_size=20) | VALUES,
)


@given(EVENTS, st.sampled_from([HTTP, KAFKA]))
def test_an_event_in_structured_mode_comes_back_as_it_was(event: CloudEvent, prefix: str) -> None:
    assert one(*structured(event), prefix) == event


@given(EVENTS, st.sampled_from([HTTP, KAFKA]))
def test_an_event_in_binary_mode_comes_back_with_its_data_as_bytes(event: CloudEvent, prefix: str) -> None:
    headers, body = binary(event, prefix)
    back = one(headers, body, prefix)
    implied = {event.datacontenttype, "application/json"}
    assert back.datacontenttype in implied
    assert replace(back, data=None, datacontenttype=None) == replace(event, data=None, datacontenttype=None)
    if isinstance(event.data, bytes):
        assert (back.data or b"") == event.data
    elif event.datacontenttype in (None, "application/json"):
        assert content(back) == event.data
    attributes = "".join(value for name, value in headers.items() if name.startswith(HTTP))
    assert all(0x21 <= ord(char) <= 0x7E for char in attributes)


@given(EVENTS)
def test_the_sdk_of_the_project_reads_our_binary_mode_as_we_do(event: CloudEvent) -> None:
    plain = replace(event, data=b"x", datacontenttype="application/octet-stream")
    headers, body = binary(plain, HTTP)
    theirs = from_binary_event(HTTPMessage(headers, body), JSONFormat())
    assert (theirs.get_id(), theirs.get_source(), theirs.get_type()) == (event.id, event.source, event.type)
    assert {name: theirs.get_extension(name) for name, _ in event.extensions} == dict(event.extensions)


@given(
    st.dictionaries(
        st.sampled_from(["content-type", *HEADERS, "ce_id", "ce_specversion"]) | st.text(max_size=6),
        st.sampled_from(["1.0", STRUCTURED, BATCH, "\ud800", "%ff", '"'])
        | st.text(st.characters(), max_size=9),
    ),
    st.binary(max_size=60) | st.sampled_from([spelled("1", ""), b"[" + spelled("1", "") + b"]"]),
    st.sampled_from([HTTP, KAFKA]),
)
def test_no_message_raises_anything_but_the_decoders_own_error(
    headers: dict[str, str], body: bytes, prefix: str
) -> None:
    try:
        events = read(headers, body, prefix)
    except DecodeError:
        return
    for event in events.values():
        if isinstance(event, CloudEvent):
            assert (event.id and event.source and event.type).encode()
