"""From a record of a topic to a delivery: what it says, its exact bytes, and which record it was."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from application.arriving import Arriving
from consumers.decoding import decoded
from consumers.format import Format
from consumers.message import Message
from domain.moment import from_nanoseconds, timestamp
from domain.signal import Origin

BINARY = "base64:"
"""In front of a header's value that is no text, or that looks like this or like the next."""

NOTHING = "null:"
"""Instead of a header's value that is none at all, which is not the empty one."""

KEY = "kafka-key"
"""The name under which a record's key is kept; no header has it, for theirs have a colon."""

TOMBSTONE = "kafka-tombstone"
"""There where a record has no value at all, which is not an empty one."""


class Restored(NamedTuple):
    """A record as it was, but for where it was."""

    value: bytes | None
    key: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


class Record(Protocol):
    """What the client library gives: a record as the broker has it."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Iterable[tuple[str, bytes | None]]


def arriving(record: Any, form: Format, source: str, cluster: str, received_at: str) -> Arriving:
    """Return the delivery that a record is, whatever is in it; nothing is raised for what a sender sent."""
    record_: Record = record
    body, headers = record_.value or b"", tuple(record_.headers)
    message = Message(body=body, headers=_readable(headers), received_at=_written(record_, received_at))
    return Arriving(
        delivery=decoded(form, message, source),
        body=body,
        headers=kept(record_.key, headers, tombstone=record_.value is None),
        received_at=received_at,
        origin=Origin(
            cluster=cluster,
            topic=record_.topic,
            partition=record_.partition,
            offset=record_.offset,
            timestamp_ms=record_.timestamp if record_.timestamp >= 0 else None,
        ),
    )


def kept(
    key: bytes | None, headers: Iterable[tuple[str, bytes | None]], *, tombstone: bool = False
) -> Mapping[str, str]:
    """Return key and headers as texts from which `restored` makes the bytes again.

    A header that comes twice is kept under its place as well, so that nothing is lost.
    """
    found = {} if key is None else {KEY: _text(key)}
    if tombstone:
        found[TOMBSTONE] = ""
    for place, (name, value) in enumerate(headers):
        found[f"{place}:{name}"] = NOTHING if value is None else _text(value)
    return found


def restored(body: bytes, pairs: Iterable[tuple[str, str]]) -> Restored:
    """Return what a record was, of its body and of what `kept` made texts of; headers in their order."""
    texts = dict(pairs)
    value = None if texts.pop(TOMBSTONE, None) is not None else body
    key = texts.pop(KEY, None)
    headers = [(*name.split(":", 1), text) for name, text in texts.items()]
    headers.sort(key=lambda header: int(header[0]))
    return Restored(
        value=value,
        key=None if key is None else _bytes(key),
        headers=tuple((name, None if text == NOTHING else _bytes(text)) for _, name, text in headers),
    )


def readable(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Return headers of which `kept` made texts as a decoder reads them."""
    return _readable(restored(b"", pairs).headers)


def _written(record: Record, received_at: str) -> str:
    """Return when the record was written, by the broker's or the producer's clock, or now."""
    at = record.timestamp
    return timestamp(from_nanoseconds(at * 1_000_000)) if 0 <= at < _YEAR_3000_MS else received_at


_YEAR_3000_MS = 32_503_680_000_000


def _readable(headers: Iterable[tuple[str, bytes | None]]) -> Mapping[str, str]:
    return {name.lower(): (value or b"").decode("utf-8", errors="replace") for name, value in headers}


def _text(value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = ""
    clear = text and not text.startswith((BINARY, NOTHING)) and text.isprintable()
    return text if clear or not value else BINARY + base64.b64encode(value).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text[len(BINARY) :]) if text.startswith(BINARY) else text.encode()
