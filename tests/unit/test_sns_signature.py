"""Signatures of SNS: checked offline with the operator's certificates, never on a message's own word."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from consumers.message import Message
from consumers.payload import DecodeError, Json
from consumers.sns import decode
from consumers.sns_signature import signed_bytes, verdict
from domain.signal import Delivery

URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:alarms"
ALARM = {
    "AlarmName": "QueueOld",
    "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:QueueOld",
    "NewStateValue": "ALARM",
    "StateChangeTime": "2026-03-01T02:10:00.500+0000",
}


@cache
def key(name: str) -> RSAPrivateKey:
    """Return a key that is made for this run and stays the same in it."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def certificate(private: RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    """Return a certificate of a key's public half."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sns.example")])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365))
        .sign(private, SHA256())
    )
    return built.public_bytes(Encoding.PEM)


def envelope(**changes: Any) -> dict[str, Any]:
    """Return an unsigned notification."""
    return {
        "Type": "Notification",
        "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
        "TopicArn": TOPIC,
        "Subject": "ALARM: QueueOld",
        "Message": json.dumps(ALARM, indent=1),
        "Timestamp": "2026-03-01T02:10:01.000Z",
        "SignatureVersion": "2",
        "SigningCertURL": URL,
        **changes,
    }


def signed(body: dict[str, Any], by: str = "aws") -> dict[str, Any]:
    """Return ``body`` with the signature that SNS would give it."""
    algorithm = SHA1() if body["SignatureVersion"] == "1" else SHA256()
    text = signed_bytes(body)
    assert text is not None
    return {**body, "Signature": b64encode(key(by).sign(text, PKCS1v15(), algorithm)).decode()}


def decoded(body: dict[str, Any], secret: bytes | None) -> Delivery:
    """Return what a body comes to with a secret."""
    content = json.dumps(body).encode()
    return decode(Message(body=content, received_at="2026-03-01T02:15:00Z", secret=secret), "sns")


def without(body: dict[str, Json], name: str) -> dict[str, Json]:
    """Return ``body`` without one member."""
    return {member: value for member, value in body.items() if member != name}


def test_the_signed_text_is_each_member_and_its_value_on_a_line_in_order_of_name() -> None:
    # As the AWS documentation has it for a notification, with and without a subject.
    body = {**envelope(), "Message": "My Test Message"}
    assert signed_bytes(body) == (
        b"Message\nMy Test Message\nMessageId\n95df01b4-ee98-5cb9-9903-4c221d41eb5e\n"
        b"Subject\nALARM: QueueOld\n"
        b"Timestamp\n2026-03-01T02:10:01.000Z\nTopicArn\n" + TOPIC.encode() + b"\nType\nNotification\n"
    )
    shorter = signed_bytes(without(body, "Subject"))
    assert shorter is not None
    assert b"Subject" not in shorter
    assert signed_bytes(without(body, "MessageId")) is None
    asked = {
        **body,
        "Type": "SubscriptionConfirmation",
        "Token": "t",
        "SubscribeURL": "https://example.invalid",
    }
    assert signed_bytes(asked) == (
        b"Message\nMy Test Message\nMessageId\n95df01b4-ee98-5cb9-9903-4c221d41eb5e\n"
        b"SubscribeURL\nhttps://example.invalid\nTimestamp\n2026-03-01T02:10:01.000Z\nToken\nt\n"
        b"TopicArn\n" + TOPIC.encode() + b"\nType\nSubscriptionConfirmation\n"
    )


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_signature_by_the_certificates_key_is_valid(version: str) -> None:
    delivery = decoded(signed(envelope(SignatureVersion=version)), certificate(key("aws")))
    assert (delivery.signature, len(delivery.signals)) == ("valid", 1)


def test_several_certificates_may_be_given_while_one_follows_another() -> None:
    both = certificate(key("next")) + b"\n" + certificate(key("aws"))
    assert decoded(signed(envelope()), both).signature == "valid"


def test_china_has_another_suffix() -> None:
    topic = "arn:aws-cn:sns:cn-north-1:123456789012:alarms"
    url = "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-0.pem"
    body = signed(envelope(TopicArn=topic, SigningCertURL=url))
    assert decoded(body, certificate(key("aws"))).signature == "valid"


def test_without_a_certificate_nothing_is_checked_and_that_is_said() -> None:
    assert decoded(signed(envelope(), by="stranger"), None).signature == "unchecked"
    assert decoded(envelope(), None).signature == "absent"
    assert decoded(envelope(Signature=""), None).signature == "absent"


def test_a_subscription_is_believed_only_if_it_is_signed() -> None:
    body = envelope(
        Type="SubscriptionConfirmation", Token="t", SubscribeURL="https://example.invalid/?Token=t"
    )
    assert decoded(signed(body), certificate(key("aws"))).signature == "valid"
    with pytest.raises(DecodeError, match="a message signed with the source's key, found invalid"):
        decoded({**signed(body), "SubscribeURL": "https://example.invalid/other"}, certificate(key("aws")))


@pytest.mark.parametrize("name", ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"])
def test_a_change_of_any_signed_member_is_noticed(name: str) -> None:
    changed = {"Type": "UnsubscribeConfirmation", "TopicArn": f"{TOPIC}x"}.get(name, "x")
    for body in ({**signed(envelope()), name: changed}, without(signed(envelope()), name)):
        assert verdict(body, certificate(key("aws"))) == "invalid"


@pytest.mark.parametrize(
    "changes",
    [
        {"SignatureVersion": "3"},
        {"SignatureVersion": None},
        {"SignatureVersion": ["2"]},
        {"SignatureVersion": "1"},
        {"Signature": "not base64 \u00e9"},
        {"Signature": 7},
        {"Signature": ["x"]},
        {"Signature": "AAAA"},
        {"Subject": ["x"]},
        {"TopicArn": 7},
        {"Type": ["Notification"]},
        {"Type": "Other"},
        {"SigningCertURL": None},
        {"SigningCertURL": 7},
        {"SigningCertURL": URL.replace("https", "http")},
        {"SigningCertURL": URL.replace("amazonaws.com", "amazonaws.com.example")},
        {"SigningCertURL": URL.replace("amazonaws.com", "amazonaws.com@example.invalid")},
        {"SigningCertURL": URL.replace("sns.", "s3.")},
        {"SigningCertURL": URL.replace("eu-west-1", "us-east-1")},
        {"SigningCertURL": URL + "\n"},
        {"SigningCertURL": URL + "?x"},
    ],
)
def test_what_is_not_signed_by_sns_in_the_topics_region_is_not_believed(changes: dict[str, Any]) -> None:
    body = {**signed(envelope()), **changes}
    assert verdict(body, certificate(key("aws"))) == "invalid"
    with pytest.raises(DecodeError) as caught:
        decoded(body, certificate(key("aws")))
    assert caught.value.rejected.reason_code == "signature-invalid"


def test_a_signature_with_anything_else_in_it_is_none() -> None:
    body = signed(envelope())
    assert verdict({**body, "Signature": f"{body['Signature']}!"}, certificate(key("aws"))) == "invalid"


def test_text_cannot_pass_from_one_member_to_another_under_the_same_signature() -> None:
    body = signed(envelope())
    moved = without({**body, "MessageId": f"{body['MessageId']}\nSubject\n{body['Subject']}"}, "Subject")
    assert signed_bytes(moved) is None
    assert verdict(moved, certificate(key("aws"))) == "invalid"


def test_another_key_does_not_do_and_neither_does_another_kind_of_key() -> None:
    elliptic = certificate(ec.generate_private_key(ec.SECP256R1()))
    for secret in (certificate(key("other")), elliptic, b"no certificate", b""):
        with pytest.raises(DecodeError) as caught:
            decoded(signed(envelope()), secret)
        assert caught.value.rejected.reason_code == "signature-invalid"


def test_with_a_certificate_a_message_without_a_signature_is_not_believed() -> None:
    for body in (envelope(), ALARM):
        with pytest.raises(DecodeError) as caught:
            decoded(body, certificate(key("aws")))
        assert caught.value.rejected.reason_code == "signature-absent"


def test_topics_named_beside_the_certificate_are_the_only_ones_believed() -> None:
    # All of AWS signs with the same key, so a stranger's topic has valid signatures too.
    others = b"arn:aws:sns:eu-west-1:123456789012:other\n"
    assert decoded(signed(envelope()), others + TOPIC.encode() + b"\n" + certificate(key("aws"))).signals
    with pytest.raises(DecodeError) as caught:
        decoded(signed(envelope()), others + certificate(key("aws")))
    assert (caught.value.rejected.reason_code, caught.value.rejected.place) == ("topic-unknown", "TopicArn")


def test_a_signed_message_that_is_no_alarm_keeps_its_verdict() -> None:
    delivery = decoded(signed(envelope(Message="Hello")), certificate(key("aws")))
    assert (delivery.signature, [item.place for item in delivery.rejected]) == ("valid", ["Message"])
