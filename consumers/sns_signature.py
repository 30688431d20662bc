"""The signature of Amazon SNS, checked with certificates that the operator gave (AWS documentation).

The address of a certificate in a message is looked at and never opened. All of SNS signs with the same keys,
also what a stranger's topic sends: so lines beside the certificates name the topics that are believed.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator, Mapping

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.x509 import load_pem_x509_certificates

from consumers.payload import DecodeError, Json, is_text, kind
from domain.classified import SignatureVerdict

_OF_A_SUBSCRIPTION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
SIGNED: Mapping[str, tuple[str, ...]] = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": _OF_A_SUBSCRIPTION,
    "UnsubscribeConfirmation": _OF_A_SUBSCRIPTION,
}
"""Type of a message -> its members that are signed, in their order."""

# SNS still signs with SHA-1 where a topic has not been told otherwise.
_HASHES: Mapping[str, HashAlgorithm] = {"1": SHA1(), "2": SHA256()}  # noqa: S303 - version 1 is SHA-1
_CERTIFICATE_URL = re.compile(r"https://sns\.([a-z0-9-]{1,40})\.amazonaws\.com(?:\.cn)?/[A-Za-z0-9._-]+\.pem")
_TOPIC = re.compile(rb"^arn:[\x21-\x7e]+", re.MULTILINE)


def verdict(envelope: Mapping[str, Json], secret: bytes | None) -> SignatureVerdict:
    """Return what a message's signature comes to with the PEM certificates in ``secret``; never raises."""
    given = envelope.get("Signature")
    if given is None or given == "":
        return "absent"
    if secret is None:
        return "unchecked"
    signed, version = signed_bytes(envelope), envelope.get("SignatureVersion")
    algorithm = _HASHES.get(version) if is_text(version) else None
    signature = _decoded(given)
    if signed is None or algorithm is None or signature is None or not _from_its_region(envelope):
        return "invalid"
    holds = any(_holds(key, signature, signed, algorithm) for key in _keys(secret))
    return "valid" if holds else "invalid"


def signed_bytes(envelope: Mapping[str, Json]) -> bytes | None:
    """Return the bytes that SNS signs of a message: name and value of each member on a line of its own.

    None if a member is missing. A line break outside ``Message`` would let text pass from one member to
    another under the same signature, and SNS writes none there.
    """
    kind_of = envelope.get("Type")
    lines: list[str] = []
    for name in SIGNED.get(kind_of, ()) if is_text(kind_of) else ():
        value = envelope.get(name)
        if value is None and name == "Subject":
            continue
        if not is_text(value) or ("\n" in value and name != "Message"):
            return None
        lines += (name, value)
    return "".join(f"{line}\n" for line in lines).encode() if lines else None


def check_topic(envelope: Mapping[str, Json], secret: bytes | None) -> None:
    """Raise `DecodeError` if topics are named beside the certificates and the message is of another."""
    topics = _TOPIC.findall(secret or b"")
    given = envelope.get("TopicArn")
    if topics and not (is_text(given) and given.encode() in topics):
        raise DecodeError("topic-unknown", "TopicArn", "a topic named beside the certificate", kind(given))


def _from_its_region(envelope: Mapping[str, Json]) -> bool:
    """Return whether the certificate is said to be of SNS in the region of the topic."""
    url, topic = envelope.get("SigningCertURL"), envelope.get("TopicArn")
    found = _CERTIFICATE_URL.fullmatch(url) if is_text(url) else None
    parts = topic.split(":") if is_text(topic) else []
    return found is not None and parts[3:4] == [found[1]]


def _decoded(given: Json) -> bytes | None:
    try:
        return b64decode(given, validate=True) if is_text(given) else None
    except (NotBase64, ValueError):
        return None


def _keys(secret: bytes) -> Iterator[RSAPublicKey]:
    try:
        keys = [certificate.public_key() for certificate in load_pem_x509_certificates(secret)]
    except (ValueError, UnsupportedAlgorithm):
        return  # no certificate that can be used: nothing is valid
    yield from (key for key in keys if isinstance(key, RSAPublicKey))


def _holds(key: RSAPublicKey, signature: bytes, signed: bytes, algorithm: HashAlgorithm) -> bool:
    try:
        key.verify(signature, signed, PKCS1v15(), algorithm)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True
