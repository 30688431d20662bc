"""Grafana's webhook, version 1: bytes to a `Delivery` (grafana/alerting, ``receivers/webhook/v1``).

A list of alerts as Alertmanager's, but the fingerprint also covers labels that Grafana keeps to itself, so
nobody else can check it: it is taken as the sender's key. A message of the alerting before version 9 has
another shape and is read by `grafana_legacy`.

A rule without data, or whose query fails, is not a state of its alerts here but an alert of its own, named
``DatasourceNoData`` or ``DatasourceError`` (``pkg/services/ngalert/state/compat.go``), with a fingerprint, a
beginning and an end, and Grafana notifies of it as of any other. So it is a signal: as a remark it would
concern a condition of which nothing else is ever told, and monitoring gone blind would open no incident.
Whoever wants otherwise has a rule for that name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from consumers import grafana_legacy
from consumers.alert_list import delivery, end_of, labels_of, start_of, status_of
from consumers.alertmanager import sort_pairs
from consumers.condition import hash_of
from consumers.format import Format
from consumers.grafana_texts import absolute, given, values_text
from consumers.message import Message
from consumers.payload import DecodeError, Json, an_object, kind, parse
from consumers.signature import believed, hmac_sha256
from consumers.texts import filled, text_in, texts_in
from domain.classified import SignatureVerdict
from domain.signal import Delivery, Pairs, Signal

FORMAT = "grafana-v1"

SIGNATURE = "x-grafana-alerting-signature"
SENT_AT = "x-grafana-alerting-timestamp"
"""The header that the page has people configure: its name is theirs to choose, and one name is looked for."""

_FINGERPRINT = re.compile("[0-9a-f]{16}")
_LINKS = ("generatorURL", "panelURL", "dashboardURL")


def decode(message: Message, source: str) -> Delivery:
    """Return what the message of ``source`` says; raises `DecodeError` if it is no such message at all."""
    signature = believed(_verdict(message), message.secret)
    body = an_object(parse(message.body), "$")
    if grafana_legacy.is_legacy(body):
        return grafana_legacy.delivery(body, source, message.received_at, signature)
    if body.get("version", "1") != "1":
        raise DecodeError("version-unsupported", "version", '"1"', kind(body["version"]))
    return delivery(
        body, source, FORMAT, lambda alert, place, group: _signal(alert, place, source, group), signature
    )


ROW = Format(name="grafana", version=FORMAT, decode=decode, headers=frozenset({SIGNATURE, SENT_AT}))


def _verdict(message: Message) -> SignatureVerdict:
    """Return what the signature comes to; with the time of sending in a header it covers that as well."""
    sent_at = message.headers.get(SENT_AT)
    signed = message.body if sent_at is None else sent_at.encode() + b":" + message.body
    return hmac_sha256(message.secret, signed, message.headers.get(SIGNATURE))


def _signal(alert: Mapping[str, Json], place: str, source: str, group: str) -> Signal:
    labels = labels_of(alert, place)
    fingerprint, basis = _identity(alert, labels, place)
    status = status_of(alert, place)
    return Signal(
        source=source,
        fingerprint=fingerprint,
        fingerprint_from=basis,
        status=status,
        starts_at=start_of(alert, place),
        ends_at=end_of(alert, status, place),
        labels=sort_pairs(given(labels).items()),
        annotations=_annotations(alert),
        generator_url=next(filter(None, (absolute(alert.get(name)) for name in _LINKS)), None),
        group=group,
    )


def _identity(
    alert: Mapping[str, Json], labels: Mapping[str, str], place: str
) -> tuple[str, Literal["sender", "labels"]]:
    """Return the condition's key and where it is from: without one it is the hash of the labels as sent."""
    found = alert.get("fingerprint")
    if found is None or found == "":
        return hash_of(*(text for pair in sort_pairs(labels.items()) for text in pair)), "labels"
    if isinstance(found, str) and _FINGERPRINT.fullmatch(found):
        return str(found), "sender"
    raise DecodeError(
        "fingerprint-invalid", f"{place}.fingerprint", "16 hexadecimal digits, lower case", kind(found)
    )


def _annotations(alert: Mapping[str, Json]) -> Pairs:
    """Return the annotations, and beside them, unless one has the name, what else Grafana tells in words."""
    names = ("valueString", "ruleUID", "silenceURL", "dashboardURL", "panelURL", "imageURL")
    own = {**{name: text_in(alert.get(name)) for name in names}, "values": values_text(alert.get("values"))}
    return sort_pairs({**filled(own.items()), **given(texts_in(alert.get("annotations")))}.items())
