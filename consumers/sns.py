"""CloudWatch alarms as Amazon SNS delivers them: bytes to a `Delivery` (AWS documentation, aws-lambda-go).

The alarm is JSON in a text of the envelope. Its state decides: *ALARM* fires from the time of the change,
*OK* ends what fires, *INSUFFICIENT_DATA* is a remark. A request to confirm a subscription is kept; its
address is never opened here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from consumers.alertmanager import sort_pairs
from consumers.condition import hash_of, key_of
from consumers.format import Format
from consumers.message import Message
from consumers.payload import DecodeError, Json, a_text, an_object, kind, parse
from consumers.signature import believed
from consumers.sns_signature import check_topic, verdict
from consumers.texts import a_name, filled, text_in, texts_in, within
from consumers.times import a_time
from domain.classified import SignatureVerdict
from domain.signal import Delivery, Pairs, Remark, Signal

FORMAT = "cloudwatch-sns"

HEADERS = frozenset(
    f"x-amz-sns-{name}"
    for name in ("message-id", "message-type", "topic-arn", "subscription-arn", "rawdelivery")
)


def decode(message: Message, source: str) -> Delivery:
    """Return what SNS says; raises `DecodeError` if it is no message of SNS, or not to be believed."""
    envelope = an_object(parse(message.body), "$")
    if "Type" not in envelope and "AlarmName" in envelope:
        # Raw delivery: the alarm itself, and nobody's signature.
        return _delivery(envelope, "", source, None, believed("absent", message.secret))
    signature = believed(verdict(envelope, message.secret), message.secret)
    check_topic(envelope, message.secret)
    match envelope.get("Type"):
        case "Notification":
            return _notified(envelope, source, signature)
        case "SubscriptionConfirmation" | "UnsubscribeConfirmation":
            a_name(envelope.get("SubscribeURL"), "SubscribeURL")
            return Delivery(source=source, format=FORMAT, signature=signature)
        case other:
            raise DecodeError("type-unknown", "Type", "a type of message that SNS has", kind(other))


ROW = Format(name="sns", version=FORMAT, decode=decode, headers=HEADERS)


def _notified(envelope: Mapping[str, Json], source: str, signature: SignatureVerdict) -> Delivery:
    try:
        alarm = _alarm(envelope)
    except DecodeError as error:
        return Delivery(source=source, format=FORMAT, rejected=(error.rejected,), signature=signature)
    return _delivery(alarm, "Message.", source, text_in(envelope.get("Subject")), signature)


def _alarm(envelope: Mapping[str, Json]) -> Mapping[str, Json]:
    text = a_text(envelope.get("Message"), "Message")
    try:
        return an_object(parse(text.encode()), "Message")
    except DecodeError as error:
        # The place of a parser's error is the whole of what it read, and that is this member.
        found = error.rejected
        raise DecodeError(found.reason_code, "Message", found.expected, found.found) from error


def _delivery(
    alarm: Mapping[str, Json], at: str, source: str, subject: str | None, signature: SignatureVerdict
) -> Delivery:
    """Return the delivery of one ``alarm``, whose members are at ``at`` of the message."""
    try:
        told = _told(alarm, at, source, subject)
    except DecodeError as error:
        return Delivery(source=source, format=FORMAT, rejected=(error.rejected,), signature=signature)
    if isinstance(told, Remark):
        return Delivery(source=source, format=FORMAT, remarks=(told,), signature=signature)
    return Delivery(source=source, format=FORMAT, signals=(told,), signature=signature)


def _told(alarm: Mapping[str, Json], at: str, source: str, subject: str | None) -> Signal | Remark:
    fingerprint, basis = _identity(alarm, at)
    since = a_time(alarm.get("StateChangeTime"), f"{at}StateChangeTime")
    state = alarm.get("NewStateValue")
    if state == "INSUFFICIENT_DATA":
        why = text_in(alarm.get("NewStateReason"))
        return Remark(source=source, fingerprint=fingerprint, kind="no_data", at=since, text=why)
    if state not in ("ALARM", "OK"):
        raise DecodeError(
            "status-unknown", f"{at}NewStateValue", "ALARM, OK or INSUFFICIENT_DATA", kind(state)
        )
    fires = state == "ALARM"
    return Signal(
        source=source,
        fingerprint=fingerprint,
        fingerprint_from=basis,
        status="firing" if fires else "resolved",
        starts_at=since,
        ends_at=None if fires else since,
        labels=_labels(alarm),
        annotations=_annotations(alarm, subject),
        # An end says when it ended, not when it began.
        episode_from="sender" if fires else "state",
    )


def _identity(alarm: Mapping[str, Json], at: str) -> tuple[str, Literal["sender", "labels"]]:
    """Return the condition's key: its ARN, or the hash of account, region and name where there is none."""
    name = a_name(alarm.get("AlarmName"), f"{at}AlarmName")
    if alarm.get("AlarmArn") is not None:
        return key_of(a_name(alarm["AlarmArn"], f"{at}AlarmArn")), "sender"
    account = a_name(alarm.get("AWSAccountId"), f"{at}AWSAccountId")
    return hash_of(account, a_name(alarm.get("Region"), f"{at}Region"), name), "labels"


def _labels(alarm: Mapping[str, Json]) -> Pairs:
    """Return the alarm's name, where it is, and its dimensions, which win under their own names."""
    trigger = alarm.get("Trigger")
    own = {
        "alertname": text_in(alarm.get("AlarmName")),
        **{name: text_in(alarm.get(name)) for name in ("AWSAccountId", "Region")},
        **{name: text_in(within(trigger, name)) for name in ("Namespace", "MetricName")},
    }
    return sort_pairs((filled(own.items()) | _dimensions(within(trigger, "Dimensions"))).items())


def _dimensions(value: Json) -> dict[str, str]:
    found = [texts_in(item) for item in value] if isinstance(value, list) else []
    return filled((item.get("name", ""), item.get("value")) for item in found)


def _annotations(alarm: Mapping[str, Json], subject: str | None) -> Pairs:
    found = {
        "summary": subject or text_in(alarm.get("AlarmName")),
        "description": text_in(alarm.get("AlarmDescription")),
        "reason": text_in(alarm.get("NewStateReason")),
        "previous_state": text_in(alarm.get("OldStateValue")),
    }
    return sort_pairs(filled(found.items()).items())
