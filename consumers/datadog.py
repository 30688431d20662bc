"""Datadog's webhook with the payload of docs/signals/datadog.md: bytes to a `Delivery`.

What a Datadog webhook sends is its user's choice, so the page has a template to install, and this reads
exactly its members. A variable that Datadog did not expand counts as not given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from consumers.alertmanager import sort_pairs
from consumers.condition import hash_of
from consumers.format import Format
from consumers.message import Message
from consumers.payload import DecodeError, Json, an_object, is_text, kind, parse
from consumers.texts import filled, text_in
from consumers.times import since_1970
from domain.classified import Status
from domain.signal import Delivery, Pairs, Remark, Signal

FORMAT = "datadog-template-v1"

TEMPLATE: Mapping[str, str] = {
    "alert_id": "$ALERT_ID",
    "alert_scope": "$ALERT_SCOPE",
    "alert_transition": "$ALERT_TRANSITION",
    "alert_cycle_key": "$ALERT_CYCLE_KEY",
    "aggreg_key": "$AGGREG_KEY",
    "alert_type": "$ALERT_TYPE",
    "alert_priority": "$ALERT_PRIORITY",
    "alert_metric": "$ALERT_METRIC",
    "alert_status": "$ALERT_STATUS",
    "alert_title": "$ALERT_TITLE",
    "message": "$TEXT_ONLY_MSG",
    "event_type": "$EVENT_TYPE",
    "id": "$ID",
    "date": "$DATE",
    "hostname": "$HOSTNAME",
    "tags": "$TAGS",
    "link": "$LINK",
}
"""Member of the payload -> the variable of Datadog that fills it."""

STATES: Mapping[str, Status] = {
    "Triggered": "firing",
    "Re-Triggered": "firing",
    "Warn": "firing",
    "Re-Warn": "firing",
    # A reminder that the problem is not solved; it goes on with what fires.
    "Renotify": "firing",
    "Recovered": "resolved",
}
NO_DATA = frozenset({"No Data", "Re-No Data"})

_UNEXPANDED = re.compile(r"\$[A-Z_]+(?:\[[^\]]*\])?")
_PREFIX = re.compile(r"^\[(?:Triggered|Re-|Warn|Renotify|Recovered|No Data)[^\]]*\]\s*")
_TOLD_TYPES = frozenset({"error", "warning"})

Given = Mapping[str, str]


def decode(message: Message, source: str) -> Delivery:
    """Return what the message of ``source`` says; raises `DecodeError` if it is no such message at all."""
    sent = an_object(parse(message.body), "$")
    given = _given(sent)
    told = _told(sent, given, source, message.received_at)
    group = given.get("aggreg_key")
    if isinstance(told, Remark):
        return Delivery(source=source, format=FORMAT, remarks=(told,), group=group)
    return Delivery(source=source, format=FORMAT, signals=(told,), group=group)


ROW = Format(name="datadog", version=FORMAT, decode=decode)


def _given(sent: Mapping[str, Json]) -> Given:
    """Return the members of the template that were filled."""
    return filled((name, _expanded(text_in(sent.get(name)))) for name in TEMPLATE)


def _expanded(text: str | None) -> str | None:
    clean = (text or "").strip()
    return None if _UNEXPANDED.fullmatch(clean) else clean


def _told(sent: Mapping[str, Json], given: Given, source: str, received_at: str) -> Signal | Remark:
    fingerprint, since = _fingerprint(sent, given), _since(sent, given, received_at)
    transition = given.get("alert_transition", "")
    if transition in NO_DATA:
        why = given.get("alert_status")
        return Remark(source=source, fingerprint=fingerprint, kind="no_data", at=since, text=why)
    status = STATES.get(transition)
    if status is None:
        found = kind(sent.get("alert_transition"))
        raise DecodeError("status-unknown", "alert_transition", "a transition that Datadog has", found)
    return Signal(
        source=source,
        fingerprint=fingerprint,
        fingerprint_from="sender",
        status=status,
        starts_at=since,
        ends_at=since if status == "resolved" else None,
        labels=_labels(given),
        annotations=_annotations(given),
        generator_url=given.get("link"),
        group=given.get("aggreg_key", ""),
        # A cycle has a key, but no message says when it began.
        episode_from="state",
    )


def _fingerprint(sent: Mapping[str, Json], given: Given) -> str:
    """Return the hash of monitor and scope: tags may name people, and a hash has one length."""
    if "alert_id" not in given:
        expected = "the id of a monitor, from the payload of docs/signals/datadog.md"
        raise DecodeError("wrong-shape", "alert_id", expected, kind(sent.get("alert_id")))
    scope = sent.get("alert_scope")
    if not (scope is None or is_text(scope)):
        raise DecodeError("wrong-shape", "alert_scope", "a string", kind(scope))
    return hash_of(given["alert_id"], given.get("alert_scope", ""))


def _since(sent: Mapping[str, Json], given: Given, received_at: str) -> str:
    """Return when it happened; that is when the message came where Datadog does not say so."""
    value = sent.get("date")
    if value is None or (is_text(value) and "date" not in given):
        return received_at
    return since_1970(given.get("date", value), "date", "ms")


def _labels(given: Given) -> Pairs:
    """Return what the alert says of itself, and its tags, which win under their own names."""
    own = {
        "alertname": _PREFIX.sub("", given.get("alert_title", "")),
        "severity": given.get("alert_priority") or _severity(given.get("alert_type")),
        **{name: given.get(name) for name in ("alert_id", "alert_scope", "alert_metric", "hostname")},
    }
    return sort_pairs((filled(own.items()) | _tags(given.get("tags", ""))).items())


def _severity(alert_type: str | None) -> str | None:
    # The others, success and info, tell of an end or of nothing at all.
    return alert_type if alert_type in _TOLD_TYPES else None


def _tags(text: str) -> dict[str, str]:
    """Return the tags that have a value; of several with one key, the first."""
    parts = (tag.strip().partition(":") for tag in text.split(","))
    return filled((name, value) for name, _, value in reversed(list(parts)))


def _annotations(given: Given) -> Pairs:
    named = {"summary": "alert_title", "description": "message", "status": "alert_status"}
    kept = ("alert_cycle_key", "event_type", "id")
    found = {**{name: given.get(member) for name, member in named.items()}, **{n: given.get(n) for n in kept}}
    return sort_pairs(filled(found.items()).items())
