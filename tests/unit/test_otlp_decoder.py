"""OpenTelemetry's logs: errors fire, each at its time, and only what says so ends them."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.condition import hash_of
from consumers.message import Message
from consumers.otlp import FORMAT, STATUS, decode, masked
from consumers.payload import DecodeError
from domain.signal import Delivery, Rejected, Signal
from tests.support.json_values import anything, objects_like
from tests.support.lives import effects
from tests.support.meaning import RULES

RECEIVED = "2026-03-01T02:15:00.000000Z"
SECOND = 1_000_000_000
START = 1_772_331_000 * SECOND

# The sample of open-telemetry/opentelemetry-proto (examples/logs.json); it has no number of severity.
SAMPLE = b"""{"resourceLogs":[{
"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"my.service"}}]},
"scopeLogs":[{"scope":{"name":"my.library","version":"1.0.0",
"attributes":[{"key":"my.scope.attribute","value":{"stringValue":"some scope attribute"}}]},
"logRecords":[{"timeUnixNano":1544712660300000000,"observedTimeUnixNano":1544712660300000000,
"severityText":"Information","traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174",
"body":{"stringValue":"Example log record"},"attributes":[
{"key":"string.attribute","value":{"stringValue":"some string"}},
{"key":"boolean.attribute","value":{"boolValue":true}},
{"key":"int.attribute","value":{"intValue":10}},
{"key":"double.attribute","value":{"doubleValue":637.704}},
{"key":"array.attribute","value":{"arrayValue":{"values":[{"stringValue":"many"},{"stringValue":"values"}]}}},
{"key":"map.attribute","value":{"kvlistValue":{"values":[
{"key":"some.map.key","value":{"stringValue":"some value"}}]}}}]}]}]}]}"""

RECORD: dict[str, Any] = {
    "timeUnixNano": str(START),
    "observedTimeUnixNano": str(START + SECOND),
    "severityNumber": 17,
    "severityText": "ERROR",
    "body": {"stringValue": "Order 4711 failed\nat line 12"},
    "traceId": "5b8efff798038103d269b633813fc60c",
    "spanId": "eee19b7ec3c1b174",
}
RESOURCE = {
    "service.name": "checkout",
    "service.namespace": "shop",
    "deployment.environment.name": "production",
    "host.name": "shop-1",
}


def attributes(**texts: str) -> list[dict[str, Any]]:
    """Return attributes; a name's __ stands for a point."""
    return pairs({name.replace("__", "."): text for name, text in texts.items()})


def pairs(texts: dict[str, str]) -> list[dict[str, Any]]:
    """Return texts as attributes are written."""
    return [{"key": name, "value": {"stringValue": text}} for name, text in texts.items()]


def message(*records: object, resource: dict[str, str] | None = None, scope: str = "shop.payment") -> Message:
    """Return a message with records of one scope."""
    found = {"attributes": pairs(RESOURCE if resource is None else resource)}
    scoped = {"scope": {"name": scope}, "logRecords": list(records)}
    return sent({"resourceLogs": [{"resource": found, "scopeLogs": [scoped]}]})


def sent(body: object) -> Message:
    """Return a message with ``body`` as JSON, unless it is bytes."""
    return Message(body=body if isinstance(body, bytes) else json.dumps(body).encode(), received_at=RECEIVED)


def all_told(*records: object, **changes: Any) -> tuple[Signal, ...]:
    """Return the signals of a message in which nothing is wrong."""
    delivery = decode(message(*records, **changes), "otlp")
    assert (delivery.remarks, delivery.rejected, delivery.group) == ((), (), None)
    return delivery.signals


def told(**changes: object) -> Signal:
    """Return the signal of the usual record with ``changes``."""
    (signal,) = all_told({**RECORD, **changes})
    return signal


def key(resource: dict[str, str] | None = None, **changes: object) -> str:
    """Return what the condition of the usual record with ``changes`` is known by."""
    (signal,) = all_told({**RECORD, **changes}, resource=resource)
    return signal.fingerprint


def refused(**changes: object) -> Rejected:
    """Return why the usual record with ``changes`` is rejected, while the one after it is not."""
    delivery = decode(message({**RECORD, **changes}, RECORD), "otlp")
    assert len(delivery.signals) == 1
    (rejected,) = delivery.rejected
    return rejected


def test_the_publishers_sample_is_below_error_and_only_counted() -> None:
    assert decode(sent(SAMPLE), "otlp") == Delivery(source="otlp", format=FORMAT)


def test_the_publishers_sample_as_an_error_is_read_whole() -> None:
    body = SAMPLE.replace(b'"severityText":"Information"', b'"severityNumber":17')
    assert decode(sent(body), "otlp").signals == (
        Signal(
            source="otlp",
            fingerprint=hash_of("record", "", "my.service", "", "", "Example log record"),
            fingerprint_from="labels",
            status="firing",
            starts_at="2018-12-13T14:51:00.3Z",
            ends_at=None,
            labels=(
                ("otel.scope.name", "my.library"),
                ("service", "my.service"),
                ("service.name", "my.service"),
                ("severity", "error"),
            ),
            annotations=(
                ("boolean.attribute", "true"),
                ("double.attribute", "637.704"),
                ("int.attribute", "10"),
                ("records", "1"),
                ("records_below", "0"),
                ("span_id", "EEE19B7EC3C1B174"),
                ("string.attribute", "some string"),
                ("summary", "Example log record"),
                ("trace_id", "5B8EFFF798038103D269B633813FC60C"),
            ),
        ),
    )


@pytest.mark.parametrize("number", range(25))
def test_what_is_of_severity_error_or_above_fires(number: int) -> None:
    signals = all_told({**RECORD, "severityNumber": number, "severityText": "INFO"})
    assert [signal.status for signal in signals] == (["firing"] if number >= 17 else [])
    for signal in signals:
        severity = dict(signal.labels)["severity"]
        assert severity == ("fatal" if number >= 21 else "error")
        assert RULES.severity[severity] == ("SEV-1" if number >= 21 else "SEV-2")


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("ERROR", "error"),
        ("Error2", "error"),
        ("critical", "error"),
        ("SEVERE", "error"),
        ("FATAL4", "fatal"),
        ("Emergency", "fatal"),
        ("WARN", None),
        ("errors", None),
        ("", None),
        (17, None),
        (None, None),
    ],
)
@pytest.mark.parametrize("number", [None, 0, "0"])
def test_without_a_number_its_word_counts_if_it_is_one_of_opentelemetrys(
    text: object, severity: str | None, number: object
) -> None:
    signals = all_told({**RECORD, "severityNumber": number, "severityText": text})
    assert [dict(signal.labels)["severity"] for signal in signals] == ([] if severity is None else [severity])


def test_records_below_are_counted_and_not_read() -> None:
    below = {"severityNumber": 9, "body": [], "timeUnixNano": "never read"}
    (signal,) = all_told(below, RECORD, below)
    assert dict(signal.annotations)["records_below"] == "2"


def test_the_condition_is_service_and_event_whatever_the_body() -> None:
    expected = hash_of("event", "shop", "checkout", "production", "order.failed")
    assert key(eventName="order.failed") == expected
    assert key(eventName="order.failed", body=None, attributes=attributes(exception__type="X")) == expected
    assert key(attributes=attributes(event__name="order.failed")) == expected
    assert key(eventName="order.failed", severityNumber=21) == expected


def test_a_record_that_is_no_event_is_known_by_exception_and_first_line() -> None:
    assert key() == hash_of("record", "shop", "checkout", "production", "", "Order # failed")
    assert key() == key(body={"stringValue": "Order 4712 failed\r\nat line 99"})
    assert key() != key(body={"stringValue": "Order 4711 lost"})
    assert key() != key(attributes=attributes(exception__type="TimeoutError"))
    assert key(body=None, attributes=attributes(exception__type="X")) != key(
        body=None, attributes=attributes(exception__type="Y")
    )


def test_an_event_is_not_taken_for_a_body_with_its_name() -> None:
    assert key(eventName="down") != key(body={"stringValue": "down"})


@pytest.mark.parametrize("name", ["service.name", "service.namespace", "deployment.environment.name"])
def test_the_same_event_of_another_service_is_another_condition(name: str) -> None:
    assert key(eventName="e") != key({**RESOURCE, name: "other"}, eventName="e")


def test_the_same_event_on_another_host_is_the_same_condition() -> None:
    assert key(eventName="e") == key({**RESOURCE, "host.name": "shop-2"}, eventName="e")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("order 4711 failed after 3.5s", "order # failed after #.#"),
        ("no answer from 192.0.2.7:443", "no answer from #.#.#.#:#"),
        ("user 550e8400-e29b-41d4-abcd-446655440000 is gone", "user # is gone"),
        ("user deadbeef-dead-beef-dead-beefdeadbeef", "user #"),
        ("id=0x7f3a, key a1b2", "id=#, key #"),
        ("plain words", "plain words"),
        ("", ""),
    ],
)
def test_words_with_digits_are_masked(text: str, expected: str) -> None:
    assert masked(text) == expected


def test_a_long_body_is_masked_in_the_time_it_takes_to_read_it() -> None:
    before = time.process_time()
    masked("a" * 1_000_000)
    masked("a-" * 500_000)
    assert time.process_time() - before < 5


def test_a_body_of_several_parts_is_one_text_whatever_the_order_of_its_members() -> None:
    body = {"kvlistValue": {"values": [{"key": "message", "value": {"stringValue": "down"}}]}}
    turned = {"kvlistValue": {"values": [{"value": {"stringValue": "down"}, "key": "message"}]}}
    assert key(body=body) == key(body=turned)
    assert dict(told(body=body).annotations)["summary"] == json.dumps(body, separators=(",", ":"))


def test_each_firing_is_an_episode_from_its_own_time() -> None:
    later = told(timeUnixNano=str(START + 7 * 86_400 * SECOND))
    assert effects([told(), told(), later]) == ["open", "again", "open"]


def test_a_record_that_says_so_ends_whatever_fires() -> None:
    end = told(
        timeUnixNano=str(START + 60 * SECOND), severityNumber=9, attributes=pairs({STATUS: "resolved"})
    )
    assert (end.status, end.episode_from) == ("resolved", "state")
    assert (end.starts_at, end.ends_at) == ("2026-03-01T02:11:00Z", "2026-03-01T02:11:00Z")
    second = told(timeUnixNano=str(START + SECOND))
    assert effects([told(), second, end]) == ["open", "open", "clear"]
    assert effects([told(), end, told(timeUnixNano=str(START + 61 * SECOND))]) == ["open", "clear", "open"]


def test_a_record_that_says_so_fires_whatever_its_severity() -> None:
    signal = told(severityNumber=None, severityText=None, attributes=pairs({STATUS: "firing"}))
    assert (signal.status, "severity" in dict(signal.labels)) == ("firing", False)


def test_records_of_one_condition_in_one_message_are_one_signal_at_the_first_ones_time() -> None:
    times = [str(START + n * SECOND) for n in (3, 1, 2)]
    (signal,) = all_told(*({**RECORD, "timeUnixNano": at} for at in times))
    assert (signal.starts_at, dict(signal.annotations)["records"]) == ("2026-03-01T02:10:01Z", "3")


def test_an_end_between_two_firings_keeps_its_place() -> None:
    end = {**RECORD, "timeUnixNano": str(START + SECOND), "attributes": pairs({STATUS: "resolved"})}
    other = {**RECORD, "eventName": "other"}
    again = {**RECORD, "timeUnixNano": str(START + 2 * SECOND)}
    signals = all_told(again, other, RECORD, end)
    assert [signal.status for signal in signals] == ["firing", "resolved", "firing", "firing"]
    assert effects(signals[:3]) == ["open", "clear", "open"]


@pytest.mark.parametrize("nothing", [None, 0, "0", ""])
def test_a_time_that_is_not_known_is_when_it_was_seen_or_received(nothing: object) -> None:
    assert told(timeUnixNano=nothing).starts_at == "2026-03-01T02:10:01Z"
    assert told(timeUnixNano=nothing, observedTimeUnixNano=nothing).starts_at == RECEIVED


def test_times_are_exact_to_the_nanosecond_as_text_or_number() -> None:
    for written in (str(START + 123_456_789), START + 123_456_789):
        assert told(timeUnixNano=written).starts_at == "2026-03-01T02:10:00.123456789Z"


def test_labels_are_the_resources_and_win() -> None:
    labels = dict(told(eventName="order.failed").labels)
    assert labels == {
        **RESOURCE,
        "alertname": "order.failed",
        "environment": "production",
        "otel.scope.name": "shop.payment",
        "service": "checkout",
        "severity": "error",
    }
    own = {**RESOURCE, "service": "mine", "severity": "page"}
    (signal,) = all_told(RECORD, resource=own)
    assert (dict(signal.labels)["service"], dict(signal.labels)["severity"]) == ("mine", "page")
    old = {"service.name": "a", "deployment.environment": "staging"}
    (signal,) = all_told(RECORD, resource=old)
    assert dict(signal.labels)["environment"] == "staging"


def test_a_body_is_never_the_name_of_an_alert_which_is_kept_in_clear() -> None:
    assert "alertname" not in dict(told().labels)
    assert (
        dict(told(attributes=attributes(exception__type="TimeoutError")).labels)["alertname"]
        == "TimeoutError"
    )


def test_the_title_is_the_first_line_and_the_rest_is_kept() -> None:
    found = dict(told(attributes=attributes(summary="of the sender", user="ada")).annotations)
    assert (found["summary"], found["description"]) == ("Order 4711 failed", "Order 4711 failed\nat line 12")
    assert (found["user"], found["trace_id"]) == ("ada", RECORD["traceId"])
    without = told(body=None, eventName="e", attributes=attributes(exception__message="no answer"))
    assert dict(without.annotations)["summary"] == "no answer"
    assert dict(told(body=None, eventName="e").annotations)["summary"] == "e"


def test_of_several_attributes_with_one_key_the_first_counts() -> None:
    twice = [
        *pairs({"a": "1"}),
        *pairs({"a": "2"}),
        {"key": 7},
        "x",
        {"key": "b", "value": {"arrayValue": {}}},
    ]
    found = dict(told(attributes=twice).annotations)
    assert found["a"] == "1"
    assert "b" not in found


@pytest.mark.parametrize(
    ("changes", "code", "place", "found"),
    [
        ({"severityNumber": 25}, "wrong-shape", "severityNumber", "25"),
        ({"severityNumber": -1}, "wrong-shape", "severityNumber", "-1"),
        ({"severityNumber": 10**30}, "wrong-shape", "severityNumber", str(10**30)),
        (
            {"severityNumber": "SEVERITY_NUMBER_ERROR"},
            "wrong-shape",
            "severityNumber",
            '"SEVERITY_NUMBER_ERROR"',
        ),
        ({"severityNumber": True}, "wrong-shape", "severityNumber", "true"),
        ({"severityNumber": {}}, "wrong-shape", "severityNumber", "an object"),
        ({"timeUnixNano": "soon"}, "time-invalid", "timeUnixNano", '"soon"'),
        ({"timeUnixNano": 1.5e18}, "time-invalid", "timeUnixNano", "1.5e+18"),
        ({"timeUnixNano": []}, "time-invalid", "timeUnixNano", "an array"),
        (
            {"timeUnixNano": 0, "observedTimeUnixNano": "9" * 30},
            "time-invalid",
            "observedTimeUnixNano",
            f'"{"9" * 30}"',
        ),
        ({"attributes": pairs({STATUS: "over"})}, "status-unknown", "attributes", '"over"'),
    ],
)
def test_a_record_that_cannot_be_read_is_rejected_with_its_place(
    changes: dict[str, Any], code: str, place: str, found: str
) -> None:
    rejected = refused(**changes)
    where = f"resourceLogs[0].scopeLogs[0].logRecords[0].{place}"
    assert (rejected.reason_code, rejected.place, rejected.found) == (code, where, found)


@pytest.mark.parametrize("body", [None, {"stringValue": ""}, {"stringValue": " \n "}])
def test_a_record_that_does_not_say_what_happened_is_rejected(body: object) -> None:
    rejected = refused(body=body)
    assert (rejected.reason_code, rejected.place) == (
        "wrong-shape",
        "resourceLogs[0].scopeLogs[0].logRecords[0]",
    )


@pytest.mark.parametrize("resource", [{}, {"service.name": ""}])
def test_records_of_nobody_are_rejected_once_for_their_resource(resource: dict[str, str]) -> None:
    delivery = decode(message(RECORD, RECORD, resource=resource), "otlp")
    assert delivery.signals == ()
    assert [item.place for item in delivery.rejected] == ["resourceLogs[0].resource.attributes"]


@pytest.mark.parametrize(
    ("part", "place"),
    [
        ({"scopeLogs": {}}, "resourceLogs[0].scopeLogs"),
        ({"scopeLogs": [7]}, "resourceLogs[0].scopeLogs[0]"),
        ({"scopeLogs": [{"logRecords": "x"}]}, "resourceLogs[0].scopeLogs[0].logRecords"),
        ({"scopeLogs": [{"logRecords": [None]}]}, "resourceLogs[0].scopeLogs[0].logRecords[0]"),
        ([], "resourceLogs[0]"),
    ],
)
def test_a_part_that_is_none_does_not_cost_the_others(part: object, place: str) -> None:
    good = json.loads(message(RECORD).body)["resourceLogs"][0]
    delivery = decode(sent({"resourceLogs": [part, good]}), "otlp")
    assert len(delivery.signals) == 1
    assert [(item.reason_code, item.place) for item in delivery.rejected] == [("wrong-shape", place)]


def test_parts_that_are_not_there_are_empty() -> None:
    parts: tuple[object, ...] = (
        {},
        {"scopeLogs": None},
        {"scopeLogs": [{}]},
        {"resource": 7, "scopeLogs": [{"scope": 7}]},
    )
    for part in parts:
        assert decode(sent({"resourceLogs": [part]}), "otlp") == Delivery(source="otlp", format=FORMAT)


@pytest.mark.parametrize(("before", "after"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_a_body_of_any_depth_is_read_or_its_message_is_refused(before: str, after: str) -> None:
    whole = message({**RECORD, "body": "HERE"}).body
    for depth in range(1, 1_100):
        deep = f"{before * depth}1{after * depth}".encode()
        with contextlib.suppress(DecodeError):
            assert len(decode(sent(whole.replace(b'"HERE"', deep)), "otlp").signals) == 1


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        (b"", "not-json", "$"),
        (b"\x0a\x5f\x0a\x1d", "not-json", "$"),
        (b"\x1f\x8b\x08\x00", "not-json", "$"),
        (b"[]", "wrong-shape", "$"),
        (b"{}", "wrong-shape", "resourceLogs"),
        (b'{"resourceLogs":{}}', "wrong-shape", "resourceLogs"),
        (b'{"resourceLogs":[NaN]}', "not-json", "$"),
        (b'{"resourceLogs":[],"resourceLogs":[]}', "duplicate-key", "$"),
        (b"[" * 100_000, "not-json", "$"),
    ],
)
def test_a_message_that_is_none_is_refused_as_a_whole(body: bytes, code: str, place: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(sent(body), "otlp")
    assert (caught.value.rejected.reason_code, caught.value.rejected.place) == (code, place)


@settings(max_examples=200)
@given(
    st.lists(
        objects_like({**RECORD, "eventName": "e", "attributes": pairs({STATUS: "resolved"})}), max_size=3
    ),
    objects_like({"key": "service.name", "value": {"stringValue": "checkout"}}),
    objects_like({"scope": {"name": "x"}, "logRecords": []}),
)
def test_whatever_comes_is_a_delivery_or_a_decode_error(
    records: object, pair: object, scoped: object
) -> None:
    logs = [{"logRecords": records}, scoped]
    body = {"resourceLogs": [{"resource": {"attributes": [pair]}, "scopeLogs": logs}, scoped]}
    with contextlib.suppress(DecodeError):
        assert isinstance(decode(sent(body), "otlp"), Delivery)


@given(st.binary(max_size=200) | anything().map(lambda value: json.dumps({"resourceLogs": value}).encode()))
def test_arbitrary_bytes_are_a_delivery_or_a_decode_error(body: bytes) -> None:
    with contextlib.suppress(DecodeError):
        assert isinstance(decode(sent(body), "otlp"), Delivery)
