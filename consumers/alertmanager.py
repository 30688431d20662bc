"""Prometheus Alertmanager's webhook, version 4: bytes to a `Delivery` (its ``notify/webhook/webhook.go``).

Unknown fields are ignored. What identifies an alert is checked: the fingerprint is the FNV-1a hash of
its labels, computed where it is missing, and the start time is kept as written. One unusable alert
does not cost the others: it is in ``rejected``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from consumers.alert_list import delivery, end_of, labels_of, start_of, status_of
from consumers.format import Format
from consumers.payload import DecodeError, Json, an_object, is_text, kind, parse
from domain.signal import Delivery, Pairs, Signal

FORMAT = "alertmanager-v4"

_FNV_OFFSET, _FNV_PRIME, _MASK = 0xCBF29CE484222325, 0x100000001B3, 2**64 - 1
_FINGERPRINT = re.compile("[0-9a-f]{16}")
_REPLACED = "\ufffd"


def decode(body: bytes, source: str) -> Delivery:
    """Return what the message of ``source`` says; raises `DecodeError` if it is no such message at all."""
    message = an_object(parse(body), "$")
    if message.get("version", "4") != "4":
        raise DecodeError("version-unsupported", "version", '"4"', kind(message["version"]))
    return delivery(message, source, FORMAT, lambda alert, place, group: _signal(alert, place, source, group))


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


def _signal(alert: Mapping[str, Json], place: str, source: str, group: str) -> Signal:
    labels = sort_pairs(labels_of(alert, place).items())
    identity, basis = _identity(alert, labels, place)
    status = status_of(alert, place)
    return Signal(
        source=source,
        fingerprint=identity,
        fingerprint_from=basis,
        status=status,
        starts_at=start_of(alert, place),
        ends_at=end_of(alert, status, place),
        labels=labels,
        annotations=_annotations(alert.get("annotations")),
        generator_url=_url(alert.get("generatorURL")),
        group=group,
    )


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


def _annotations(value: Json) -> Pairs:
    """Return whatever texts there are: nothing is identified by them, so nothing is refused."""
    if not isinstance(value, Mapping):
        return ()
    return sort_pairs((name, str(text)) for name, text in value.items() if isinstance(text, str))


def _url(value: Json) -> str | None:
    return value if is_text(value) and value else None
