"""CloudWatch alarms by Amazon SNS: what the alarm says, whom it is believed, and that nothing is opened."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.condition import hash_of
from consumers.message import Message
from consumers.payload import DecodeError
from consumers.sns import FORMAT, ROW, decode
from domain import alert
from domain.alert_facts import AlertFact, SignalReceived
from domain.signal import Delivery, Rejected, Remark, Signal
from tests.support.json_values import anything, objects_like
from tests.support.meaning import NOW, context, fresh_id, received

# The publisher's own sample: aws-lambda-go, events/testdata, in the spelling of HTTP.
SAMPLE = (
    rb'{"Type":"Notification","MessageId":"95df01b4-ee98-5cb9-9903-4c221d41eb5e",'
    rb'"TopicArn":"arn:aws:sns:EXAMPLE","Subject":"TestInvoke","Message":"{\"AlarmName\":\"EXAMPLE\",'
    rb"\"AlarmDescription\":\"EXAMPLE\",\"AWSAccountId\":\"123456789012\",\"NewStateValue\":\"ALARM\","
    rb"\"NewStateReason\":\"Threshold Crossed: 1 out of the last 1 datapoints [1234.0 (06/03/15 17:43:27)] "
    rb"was greater than the threshold (0.0)\",\"StateChangeTime\":\"2015-06-03T17:43:27.123+0000\","
    rb"\"Region\":\"EXAMPLE\",\"AlarmArn\":\"arn:aws:cloudwatch:REGION:ACCOUNT_NUMBER:alarm:EXAMPLE\","
    rb"\"OldStateValue\":\"INSUFFICIENT_DATA\",\"Trigger\":{\"MetricName\":\"NetworkOut\","
    rb"\"Namespace\":\"AWS/EC2\",\"Statistic\":\"AVERAGE\",\"Unit\":\"Bytes\","
    rb"\"Dimensions\":[{\"value\":\"TestInstance\",\"name\":\"InstanceId\"}],\"Period\":60,"
    rb'\"EvaluationPeriods\":1,\"ComparisonOperator\":\"GreaterThanThreshold\",\"Threshold\":0.0}}",'
    rb'"Timestamp":"2015-06-03T17:43:27.123Z","SignatureVersion":"1","Signature":"EXAMPLE",'
    rb'"SigningCertURL":"EXAMPLE","UnsubscribeURL":"EXAMPLE"}'
)
RECEIVED = "2026-03-01T02:15:00.000000Z"
ALARM: dict[str, Any] = {
    "AlarmName": "QueueOld",
    "AlarmDescription": None,
    "AWSAccountId": "123456789012",
    "NewStateValue": "ALARM",
    "NewStateReason": "Threshold crossed",
    "StateChangeTime": "2026-03-01T02:10:00.500+0000",
    "Region": "EU (Ireland)",
    "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:QueueOld",
    "OldStateValue": "OK",
    "Trigger": {
        "MetricName": "Age",
        "Namespace": "AWS/SQS",
        "Dimensions": [{"name": "QueueName", "value": "q"}],
    },
}


def message(body: object, **changes: Any) -> Message:
    """Return a message of SNS with ``body``, as JSON unless it is bytes."""
    return Message(
        body=body if isinstance(body, bytes) else json.dumps(body).encode(), received_at=RECEIVED, **changes
    )


def envelope(alarm: object, **changes: Any) -> dict[str, Any]:
    """Return a notification about ``alarm``."""
    text = alarm if isinstance(alarm, str) else json.dumps(alarm)
    whole = {
        "Type": "Notification",
        "MessageId": "m",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:alarms",
    }
    return {**whole, "Subject": "ALARM: QueueOld", "Message": text, "Timestamp": RECEIVED, **changes}


def told(**changes: Any) -> Signal:
    """Return the signal of the usual alarm with ``changes``."""
    delivery = decode(message(envelope({**ALARM, **changes})), "sns")
    assert (delivery.rejected, delivery.remarks) == ((), ())
    (signal,) = delivery.signals
    return signal


def refused(alarm: object) -> Rejected:
    """Return why an alarm in a good envelope is rejected."""
    delivery = decode(message(envelope(alarm, Signature="x")), "sns")
    assert (delivery.signals, delivery.remarks, delivery.signature) == ((), (), "unchecked")
    (rejected,) = delivery.rejected
    return rejected


def without(field: str) -> dict[str, Any]:
    """Return the usual alarm without one member."""
    return {name: value for name, value in ALARM.items() if name != field}


def test_the_publishers_sample_is_read_whole() -> None:
    reason = (
        "Threshold Crossed: 1 out of the last 1 datapoints [1234.0 (06/03/15 17:43:27)] "
        "was greater than the threshold (0.0)"
    )
    assert decode(message(SAMPLE), "sns") == Delivery(
        source="sns",
        format=FORMAT,
        signature="unchecked",
        signals=(
            Signal(
                source="sns",
                fingerprint="arn:aws:cloudwatch:REGION:ACCOUNT_NUMBER:alarm:EXAMPLE",
                fingerprint_from="sender",
                status="firing",
                starts_at="2015-06-03T17:43:27.123+00:00",
                ends_at=None,
                labels=(
                    ("AWSAccountId", "123456789012"),
                    ("InstanceId", "TestInstance"),
                    ("MetricName", "NetworkOut"),
                    ("Namespace", "AWS/EC2"),
                    ("Region", "EXAMPLE"),
                    ("alertname", "EXAMPLE"),
                ),
                annotations=(
                    ("description", "EXAMPLE"),
                    ("previous_state", "INSUFFICIENT_DATA"),
                    ("reason", reason),
                    ("summary", "TestInvoke"),
                ),
            ),
        ),
    )


def test_an_alarm_fires_from_the_time_of_its_change() -> None:
    signal = told()
    assert (signal.status, signal.starts_at, signal.ends_at) == (
        "firing",
        "2026-03-01T02:10:00.500+00:00",
        None,
    )
    assert signal.episode_from == "sender"


def test_ok_ends_what_fires_at_the_time_of_its_change() -> None:
    signal = told(NewStateValue="OK")
    assert (signal.status, signal.episode_from) == ("resolved", "state")
    assert signal.starts_at == signal.ends_at == "2026-03-01T02:10:00.500+00:00"


def test_alarm_and_ok_are_one_episode_and_the_next_alarm_is_another() -> None:
    state, facts = alert.NOTHING, list[AlertFact]()
    for number, value in enumerate(("ALARM", "ALARM", "OK", "ALARM")):
        at = f"2026-03-01T02:1{max(number, 1)}:00Z"
        command = received(told(NewStateValue=value, StateChangeTime=at))
        for fact in alert.decide(state, command, context(ids=(fresh_id(number),))):
            state = alert.after(state, (fact,), NOW)
            facts.append(fact)
    first, _, end, second = facts
    assert isinstance(first, SignalReceived)
    assert isinstance(end, SignalReceived)
    assert isinstance(second, SignalReceived)
    assert [type(fact).__name__ for fact in facts].count("SignalDeduplicated") == 1
    assert (end.episode, end.effect) == (first.episode, "clear")
    assert second.episode != first.episode


def test_insufficient_data_is_a_remark() -> None:
    delivery = decode(message(envelope({**ALARM, "NewStateValue": "INSUFFICIENT_DATA"})), "sns")
    assert (delivery.signals, delivery.rejected) == ((), ())
    assert delivery.remarks == (
        Remark(
            source="sns",
            fingerprint=ALARM["AlarmArn"],
            kind="no_data",
            at="2026-03-01T02:10:00.500+00:00",
            text="Threshold crossed",
        ),
    )


@pytest.mark.parametrize("absent", [None, ...])
def test_without_an_arn_account_region_and_name_are_the_condition(absent: object) -> None:
    alarm = without("AlarmArn") if absent is ... else {**ALARM, "AlarmArn": absent}
    (signal,) = decode(message(envelope(alarm)), "sns").signals
    assert signal.fingerprint_from == "labels"
    assert signal.fingerprint == hash_of("123456789012", "EU (Ireland)", "QueueOld")


def test_a_key_that_is_too_long_to_be_stated_is_stated_by_its_hash() -> None:
    assert len(told(AlarmArn="arn:" + "x" * 300).fingerprint) == 64
    assert told(AlarmArn="arn:" + "x" * 300) != told(AlarmArn="arn:" + "x" * 299 + "y")
    assert len(told(AlarmArn="arn:\u200b").fingerprint) == 64


def test_dimensions_are_labels_and_win_under_their_own_names() -> None:
    dimensions = [
        {"name": "service", "value": "checkout"},
        {"name": "alertname", "value": "mine"},
        {"name": 1},
        7,
    ]
    labels = dict(told(Trigger={"Dimensions": dimensions}).labels)
    assert (labels["service"], labels["alertname"]) == ("checkout", "mine")
    assert set(labels) == {"service", "alertname", "AWSAccountId", "Region"}


@pytest.mark.parametrize("trigger", [None, 7, [], {"Dimensions": {}}, {"MetricName": {}, "Metrics": [{}]}])
def test_a_trigger_of_another_shape_costs_labels_only(trigger: object) -> None:
    assert {name for name, _ in told(Trigger=trigger).labels} == {"AWSAccountId", "Region", "alertname"}


def test_without_a_subject_the_name_is_the_title() -> None:
    subjects: tuple[object, ...] = (None, "", [])
    for subject in subjects:
        (signal,) = decode(message(envelope(ALARM, Subject=subject)), "sns").signals
        assert dict(signal.annotations)["summary"] == "QueueOld"


def test_an_alarm_without_an_envelope_is_read_and_nobody_signed_it() -> None:
    delivery = decode(message(ALARM), "sns")
    assert (len(delivery.signals), delivery.signature) == (1, "absent")
    rejected = decode(message(without("NewStateValue")), "sns").rejected
    assert [item.place for item in rejected] == ["NewStateValue"]


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_a_request_to_confirm_is_kept_without_signals(kind: str) -> None:
    body = envelope(
        "You have chosen ...", Type=kind, Token="t", SubscribeURL="https://example.invalid/?Token=t"
    )
    assert decode(message(body), "sns") == Delivery(source="sns", format=FORMAT, signature="absent")
    del body["SubscribeURL"]
    with pytest.raises(DecodeError, match=r"^SubscribeURL: expected a string, found nothing"):
        decode(message(body), "sns")


@pytest.mark.parametrize(
    ("alarm", "code", "place", "found"),
    [
        ("Hello", "not-json", "Message", "Expecting value at character 0"),
        ("[]", "wrong-shape", "Message", "an array"),
        ("[" * 100_000, "not-json", "Message", "deeper nesting"),
        ('{"AlarmName":"a","AlarmName":"b"}', "duplicate-key", "Message", "AlarmName twice"),
        (without("AlarmName"), "wrong-shape", "Message.AlarmName", "nothing"),
        ({**ALARM, "AlarmName": " "}, "wrong-shape", "Message.AlarmName", "an empty one"),
        ({**ALARM, "AlarmArn": 7}, "wrong-shape", "Message.AlarmArn", "7"),
        ({**ALARM, "AlarmArn": ""}, "wrong-shape", "Message.AlarmArn", "an empty one"),
        (
            {**without("AlarmArn"), "AWSAccountId": 123},
            "wrong-shape",
            "Message.AWSAccountId",
            "123",
        ),
        ({**without("AlarmArn"), "Region": None}, "wrong-shape", "Message.Region", "nothing"),
        (without("NewStateValue"), "status-unknown", "Message.NewStateValue", "nothing"),
        ({**ALARM, "NewStateValue": "alarm"}, "status-unknown", "Message.NewStateValue", '"alarm"'),
        ({**ALARM, "NewStateValue": ["OK"]}, "status-unknown", "Message.NewStateValue", "an array"),
        (without("StateChangeTime"), "wrong-shape", "Message.StateChangeTime", "nothing"),
        ({**ALARM, "StateChangeTime": "now"}, "time-invalid", "Message.StateChangeTime", "now"),
    ],
)
def test_a_rejection_names_place_and_what_was_found(alarm: object, code: str, place: str, found: str) -> None:
    rejected = refused(alarm)
    assert (rejected.reason_code, rejected.place, rejected.found) == (code, place, found)


@pytest.mark.parametrize(
    ("body", "code", "place"),
    [
        (b"", "not-json", "$"),
        (b"\xff", "not-json", "$"),
        (b"[]", "wrong-shape", "$"),
        (b"{}", "type-unknown", "Type"),
        (b'{"Type":"Notice"}', "type-unknown", "Type"),
        (b'{"Type":["Notification"]}', "type-unknown", "Type"),
        (b'{"Type":"Notification","Type":"Notification"}', "duplicate-key", "$"),
    ],
)
def test_a_message_that_is_none_is_refused_as_a_whole(body: bytes, code: str, place: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode(message(body), "sns")
    assert (caught.value.rejected.reason_code, caught.value.rejected.place) == (code, place)


def test_a_notification_without_a_message_is_rejected() -> None:
    body = envelope(ALARM)
    del body["Message"]
    (rejected,) = decode(message(body), "sns").rejected
    assert (rejected.reason_code, rejected.place) == ("wrong-shape", "Message")


def test_the_headers_of_sns_are_kept() -> None:
    assert {"x-amz-sns-message-type", "x-amz-sns-topic-arn", "x-amz-sns-rawdelivery"} <= ROW.headers


@settings(max_examples=200)
@given(objects_like(envelope(ALARM)), objects_like(ALARM), st.none() | st.binary(max_size=64))
def test_whatever_comes_is_a_delivery_or_a_decode_error(
    outer: dict[str, Any], inner: dict[str, Any], secret: bytes | None
) -> None:
    for body in (outer, inner, {**outer, "Message": json.dumps(inner)}):
        with contextlib.suppress(DecodeError):
            assert isinstance(decode(message(body, secret=secret), "sns"), Delivery)


@given(st.binary(max_size=200) | anything().map(lambda value: json.dumps(value).encode()))
def test_arbitrary_bytes_are_a_delivery_or_a_decode_error(body: bytes) -> None:
    with contextlib.suppress(DecodeError):
        assert isinstance(decode(message(body), "sns"), Delivery)
