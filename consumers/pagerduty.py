"""PagerDuty's Events API, version 2: bytes to a `Delivery` (its ``reference/events-v2/openapiv3.json``).

The ``dedup_key`` is the condition. An event does not say when its episode began, so a trigger goes on
with the episode that fires and a resolve ends it. A trigger without a key gets the SHA-256 of its
message, so that the same message, sent again, is known. The routing key, a secret of the sender, is
masked before anything is read, so that nothing made of the message can hold it.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Literal

from consumers.alertmanager import sort_pairs
from consumers.condition import key_of
from consumers.format import Format
from consumers.macros import has_macro
from consumers.message import Message
from consumers.pagerduty_payload import clean, details_of, link_of, said, time_of, without_key
from consumers.payload import DecodeError, Json, a_text, an_object, kind, parse
from consumers.texts import filled, within
from domain.classified import Status
from domain.signal import Delivery, Pairs, Remark, Signal

FORMAT = "pagerduty-events-v2"
LABEL_LIMIT = 256
"""A detail that is longer, or has several lines, is a description and no label."""

_FIELDS = ("severity", "source", "component", "group", "class")
_ACTIONS: Mapping[str, Status | None] = {"trigger": "firing", "acknowledge": None, "resolve": "resolved"}


def decode(message: Message, source: str) -> Delivery:
    """Return what the event of ``source`` says, or why nothing of it could be read."""
    return without_key(message, source, FORMAT, _event)


ROW = Format(name="pagerduty", version=FORMAT, decode=decode, clean=clean)


def _event(message: Message, source: str) -> Delivery:
    event = an_object(parse(message.body), "$")
    action = event.get("event_action")
    if not (isinstance(action, str) and action in _ACTIONS):
        raise DecodeError("status-unknown", "event_action", "trigger, acknowledge or resolve", kind(action))
    status, payload = _ACTIONS[action], event.get("payload")
    key, basis = _key(event, message.body, action)
    at = time_of(payload)
    if status is None:
        text = said(within(payload, "summary"))
        noted = at or message.received_at
        remark = Remark(source=source, fingerprint=key, kind="acknowledged", at=noted, text=text)
        return Delivery(source=source, format=FORMAT, remarks=(remark,))
    if status == "firing":
        an_object(payload, "payload")
    labels, descriptions = _details(payload)
    signal = Signal(
        source=source,
        fingerprint=key,
        fingerprint_from=basis,
        status=status,
        starts_at=at or message.received_at,
        ends_at=at if status == "resolved" else None,
        labels=labels,
        annotations=_annotations(event, descriptions),
        generator_url=said(event.get("client_url")) or link_of(event),
        group=said(within(payload, "group")) or "",
        episode_from="state",
    )
    return Delivery(source=source, format=FORMAT, signals=(signal,), group=signal.group or None)


def _key(event: Mapping[str, Json], body: bytes, action: str) -> tuple[str, Literal["sender", "labels"]]:
    """Return the condition's key, and where it is from: the event, or the hash of the whole of it."""
    given = event.get("dedup_key")
    text = "" if given is None else a_text(given, "dedup_key")
    # A key with a variable in it that was not filled in would be one key of many conditions.
    if text.strip() and not has_macro(text):
        return key_of(text), "sender"
    if action != "trigger":
        raise DecodeError("wrong-shape", "dedup_key", "the key of the alert", kind(given))
    return sha256(body).hexdigest(), "labels"


def _details(payload: Json) -> tuple[Pairs, dict[str, str]]:
    """Return the labels, and the details that are too long to be one.

    What PD-CEF defines means what PD-CEF says; of all else the sender's own words win.
    """
    details = details_of(payload)
    long = {name: text for name, text in details.items() if len(text) > LABEL_LIMIT or "\n" in text}
    fields = filled((name, said(within(payload, name))) for name in _FIELDS)
    labels = {name: text for name, text in details.items() if name not in long} | fields
    if "class" in fields:
        labels.setdefault("alertname", fields["class"])
    return sort_pairs(labels.items()), long


def _annotations(event: Mapping[str, Json], descriptions: Mapping[str, str]) -> Pairs:
    payload = event.get("payload")
    own = {
        "summary": said(within(payload, "summary")),
        "client": said(event.get("client")),
        "description": said(within(payload, "custom_details")),
    }
    return sort_pairs({**descriptions, **filled(own.items())}.items())
