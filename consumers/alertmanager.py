"""Prometheus Alertmanager's webhook, version 4: bytes to a `Delivery` (its ``notify/webhook/webhook.go``).

Unknown fields are ignored. What identifies an alert is checked: the fingerprint is the FNV-1a hash of
its labels, computed where it is missing, and the start time is kept as written. One unusable alert
does not cost the others: it is in ``rejected``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from consumers.format import Format
from consumers.payload import (
    DecodeError,
    Json,
    NumberText,
    a_text,
    an_array,
    an_object,
    is_text,
    kind,
    parse,
)
from domain.classified import Status
from domain.moment import nanoseconds
from domain.signal import Delivery, Pairs, Rejected, Signal

FORMAT = "alertmanager-v4"
ZERO_TIME = "0001-01-01T00:00:00Z"
"""How Go writes "no time"."""

_FNV_OFFSET, _FNV_PRIME, _MASK = 0xCBF29CE484222325, 0x100000001B3, 2**64 - 1
_FINGERPRINT = re.compile("[0-9a-f]{16}")
_REPLACED = "\ufffd"
_MAX_TRUNCATED = 2**53 - 1


def decode(body: bytes, source: str) -> Delivery:
    """Return what the message of ``source`` says; raises `DecodeError` if it is no such message at all."""
    message = an_object(parse(body), "$")
    if message.get("version", "4") != "4":
        raise DecodeError("version-unsupported", "version", '"4"', kind(message["version"]))
    alerts = an_array(message.get("alerts"), "alerts")
    truncated, group = _truncated(message), _group(message)
    results = [_tried(item, f"alerts[{i}]", source, group) for i, item in enumerate(alerts)]
    return Delivery(
        source=source,
        format=FORMAT,
        signals=tuple(item for item in results if isinstance(item, Signal)),
        rejected=tuple(item for item in (truncated, *results) if isinstance(item, Rejected)),
        truncated=truncated if isinstance(truncated, int) else 0,
        group=group,
    )


ROW = Format(name="alertmanager", version=FORMAT, decode=lambda message, source: decode(message.body, source))


def fingerprint(labels: Iterable[tuple[str, str]]) -> str:
    """Return Prometheus' fingerprint: FNV-1a, 64 bits, over ``name 0xFF value 0xFF`` in order of name."""
    value = _FNV_OFFSET
    for byte in b"".join(text.encode() + b"\xff" for pair in sort_pairs(labels) for text in pair):
        value = ((value ^ byte) * _FNV_PRIME) & _MASK
    return f"{value:016x}"


def sort_pairs(pairs: Iterable[tuple[str, str]]) -> Pairs:
    """Return ``pairs`` sorted by the UTF-8 bytes of the key."""
    return tuple(sorted(pairs, key=lambda pair: pair[0].encode()))


def _tried(item: Json, place: str, source: str, group: str | None) -> Signal | Rejected:
    try:
        return _signal(an_object(item, place), place, source, group or "")
    except DecodeError as error:
        return error.rejected


def _signal(alert: Mapping[str, Json], place: str, source: str, group: str) -> Signal:
    labels = _labels(alert.get("labels"), f"{place}.labels")
    identity, basis = _identity(alert, labels, place)
    status = _status(alert, place)
    return Signal(
        source=source,
        fingerprint=identity,
        fingerprint_from=basis,
        status=status,
        starts_at=_time(alert, "startsAt", place),
        ends_at=_end(alert, status, place),
        labels=labels,
        annotations=_annotations(alert.get("annotations")),
        generator_url=_url(alert.get("generatorURL")),
        group=group,
    )


def _labels(value: Json, place: str) -> Pairs:
    labels = an_object(value, place)
    if not labels:
        raise DecodeError("wrong-shape", place, "at least one label", "none")
    # By number, not by name: a place is stated in clear, and a name is the sender's text.
    return sort_pairs((name, a_text(labels[name], f"{place}[{i}]")) for i, name in enumerate(labels))


def _identity(
    alert: Mapping[str, Json], labels: Pairs, place: str
) -> tuple[str, Literal["sender", "labels"]]:
    """Return the condition's key and where it is from; a key that the labels contradict is refused."""
    computed = fingerprint(labels)
    given = alert.get("fingerprint")
    if given is None or given == "":
        return computed, "labels"
    # Labels that were not Unicode have lost bytes here, so only the sender can know their hash.
    lossy = any(_REPLACED in text for pair in labels for text in pair)
    if given == computed or (lossy and isinstance(given, str) and _FINGERPRINT.fullmatch(given)):
        return str(given), "sender"
    raise DecodeError("fingerprint-mismatch", f"{place}.fingerprint", computed, kind(given))


def _status(alert: Mapping[str, Json], place: str) -> Status:
    match alert.get("status"):
        case "firing":
            return "firing"
        case "resolved":
            return "resolved"
        case other:
            raise DecodeError("status-unknown", f"{place}.status", "firing or resolved", kind(other))


def _time(alert: Mapping[str, Json], field: str, place: str) -> str:
    text = a_text(alert.get(field), f"{place}.{field}")
    try:
        nanoseconds(text)
    except ValueError as error:
        raise DecodeError(
            "time-invalid", f"{place}.{field}", "an RFC 3339 time of 1970 to 2999", text
        ) from error
    return text


def _end(alert: Mapping[str, Json], status: Status, place: str) -> str | None:
    """Return when the episode ended; while it fires the field only says when it would time out."""
    if status == "firing" or alert.get("endsAt") in (None, "", ZERO_TIME):
        return None
    return _time(alert, "endsAt", place)


def _annotations(value: Json) -> Pairs:
    """Return whatever texts there are: nothing is identified by them, so nothing is refused."""
    if not isinstance(value, Mapping):
        return ()
    return sort_pairs((name, str(text)) for name, text in value.items() if isinstance(text, str))


def _url(value: Json) -> str | None:
    return value if is_text(value) and value else None


def _group(message: Mapping[str, Json]) -> str | None:
    group = message.get("groupKey")
    return group if is_text(group) else None


def _truncated(message: Mapping[str, Json]) -> int | Rejected:
    """Return how many alerts the sender left out, or that its number makes no sense."""
    value = message.get("truncatedAlerts")
    if value is None:
        return 0
    if (
        isinstance(value, NumberText)
        and value.isdecimal()
        and len(value) <= 16
        and int(value) <= _MAX_TRUNCATED
    ):
        return int(value)
    return DecodeError("wrong-shape", "truncatedAlerts", "a whole number", kind(value)).rejected
