"""The log records of OTLP/JSON, wherever they are in a message, with the attributes and severity of each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from consumers.payload import WHOLE, DecodeError, Json, is_text, kind
from consumers.texts import filled, text_in, within
from domain.signal import Rejected

ERROR, FATAL, HIGHEST = 17, 21, 24
TEXTS: Mapping[str, str] = {
    **{f"error{n}": "error" for n in ("", "2", "3", "4")},
    **{f"fatal{n}": "fatal" for n in ("", "2", "3", "4")},
    **dict.fromkeys(("severe", "critical", "dpanic", "alert", "panic"), "error"),
    "emergency": "fatal",
}
"""Severity in words (lower case), read where there is no number: OpenTelemetry's own, and those it maps."""

_NUMBER = re.compile("[0-9]{1,2}")


class Part(Struct, frozen=True):
    """An object of a message, where it is, and the objects that it is in, outermost first."""

    place: str
    value: Mapping[str, Json]
    above: tuple[Part, ...] = ()


class Record(Struct, frozen=True, kw_only=True):
    """What a log record says, and of its scope and resource; ``severity`` is *error*, *fatal* or None."""

    place: str
    resource_place: str
    resource: Mapping[str, str]
    scope: str | None
    attributes: Mapping[str, str]
    severity: str | None
    event: str | None
    body: str
    trace_id: str | None
    span_id: str | None


def records(message: Mapping[str, Json]) -> Iterable[Part | Rejected]:
    """Return the log records of a message, and what is wrong where there should be some."""
    parts: Iterable[Part | Rejected] = [Part(WHOLE, message)]
    for name in ("resourceLogs", "scopeLogs", "logRecords"):
        parts = _inside(parts, name)
    return parts


def read(part: Part) -> Record:
    """Return what a log record says; raises `DecodeError` where its severity is none."""
    _, group, scoped = part.above
    resource, own = group.value.get("resource"), attributes(part.value)
    return Record(
        place=part.place,
        resource_place=f"{group.place}.resource.attributes",
        resource=attributes(resource) if isinstance(resource, Mapping) else {},
        scope=text_in(within(scoped.value.get("scope"), "name")),
        attributes=own,
        severity=severity(part),
        # An attribute is where the name was before records had a field for it.
        event=text_in(part.value.get("eventName")) or own.get("event.name"),
        body=_body(part),
        trace_id=text_in(part.value.get("traceId")),
        span_id=text_in(part.value.get("spanId")),
    )


def attributes(parent: Mapping[str, Json]) -> dict[str, str]:
    """Return the attributes that are one value; of several with one key, the first."""
    listed = parent.get("attributes")
    items = listed if isinstance(listed, list) else []
    pairs = [(text_in(within(item, "key")) or "", _scalar(within(item, "value"))) for item in items]
    return filled(reversed(pairs))


def _scalar(value: Json) -> str | None:
    for name in ("stringValue", "intValue", "doubleValue"):
        found = text_in(within(value, name))
        if found is not None:
            return found
    flag = within(value, "boolValue")
    return str(flag).lower() if isinstance(flag, bool) else None


def severity(part: Part) -> str | None:
    """Return *error* or *fatal*, None for whatever is below, and what has no severity that is known."""
    value = part.value.get("severityNumber")
    if value is None or value in ("0", ""):
        return TEXTS.get((text_in(part.value.get("severityText")) or "").lower())
    if not (isinstance(value, str) and _NUMBER.fullmatch(value) and int(value) <= HIGHEST):
        raise DecodeError("wrong-shape", f"{part.place}.severityNumber", f"0 to {HIGHEST}", kind(value))
    if int(value) < ERROR:
        return None
    return "fatal" if int(value) >= FATAL else "error"


def _body(part: Part) -> str:
    """Return the body's text, or a body of several parts as JSON."""
    body = part.value.get("body")
    text = within(body, "stringValue")
    if is_text(text) or body is None:
        return str(text or "")
    # No deeper than what was parsed already, so this does not run out of stack.
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _inside(parts: Iterable[Part | Rejected], name: str) -> Iterator[Part | Rejected]:
    """Yield the objects of the arrays ``name``, and what is wrong; an array that is not there is empty."""
    for part in parts:
        if isinstance(part, Rejected):
            yield part
        else:
            yield from _members(part, name)


def _members(part: Part, name: str) -> Iterator[Part | Rejected]:
    place = name if part.place == WHOLE else f"{part.place}.{name}"
    listed = part.value.get(name)
    if not isinstance(listed, list):
        if listed is not None:
            yield DecodeError("wrong-shape", place, "an array", kind(listed)).rejected
        return
    for i, item in enumerate(listed):
        if isinstance(item, Mapping):
            yield Part(f"{place}[{i}]", item, (*part.above, part))
        else:
            yield DecodeError("wrong-shape", f"{place}[{i}]", "an object", kind(item)).rejected
