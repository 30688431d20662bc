"""CloudEvents 1.0 as HTTP and Kafka carry them: headers and body to `CloudEvent` values, and back.

The JSON event format and the HTTP and Kafka bindings of cloudevents/spec: structured, binary and (HTTP)
batched. ``prefix`` is what attributes have before their names in headers: `HTTP` or `KAFKA`. Raises
`DecodeError` and nothing else.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote_to_bytes

from msgspec import Struct

from consumers.payload import WHOLE, DecodeError, Json, NumberText, an_object, is_text, kind, parse
from consumers.times import a_time
from domain.signal import Pairs, Rejected

HTTP, KAFKA = "ce-", "ce_"
STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
CONTENT_TYPE = "content-type"
VERSION = "1.0"

_ANY = "application/cloudevents"
_OWN = ("id", "source", "type", "subject", "time", "datacontenttype")
_NAME = re.compile("[a-z0-9]+")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PLAIN_IN_HEADERS = "".join(chr(c) for c in range(0x21, 0x7F) if chr(c) not in '"%')


class CloudEvent(Struct, frozen=True, kw_only=True):
    """One event. ``data`` is bytes in binary mode and in ``data_base64``, else a JSON value; None is none.

    ``extensions`` are all further attributes, ``dataschema`` among them, by the string that stands for them.
    """

    id: str
    source: str
    type: str
    subject: str | None = None
    time: str | None = None
    datacontenttype: str | None = None
    extensions: Pairs = ()
    data: Json | bytes = None


Events = Mapping[str, CloudEvent | Rejected]
"""Place in the message -> what is there; an event that is the whole message has the place ``""``."""


def read(headers: Mapping[str, str], body: bytes, prefix: str) -> Events:
    """Return the event of a message, or those of a batch, in which one unusable event is rejected alone.

    ``headers`` have lower-case names. A body in JSON that says its ``specversion`` itself, without any
    attribute in a header, is read as structured whatever its content type.
    """
    media = _media(headers.get(CONTENT_TYPE))
    if media.startswith(_ANY):
        if media not in (STRUCTURED, BATCH, _ANY):
            raise DecodeError("format-unsupported", CONTENT_TYPE, f"{STRUCTURED} or {BATCH}", media)
        return _batch(parse(body)) if media == BATCH else {"": _structured(parse(body), "")}
    if any(name.startswith(prefix) for name in headers):
        return {"": _binary(headers, body, prefix)}
    return _undeclared(body, prefix)


def is_binary(headers: Mapping[str, str], prefix: str) -> bool:
    """Return whether the attributes of a message are in its headers."""
    declared = _media(headers.get(CONTENT_TYPE)).startswith(_ANY)
    return not declared and any(name.startswith(prefix) for name in headers)


def content(event: CloudEvent, place: str = "data") -> Json:
    """Return the data of an event as a JSON value: parsed if it is JSON, itself if it is text, else None."""
    if not isinstance(event.data, bytes):
        return event.data
    if _is_json(event.datacontenttype):
        try:
            return parse(event.data)
        except DecodeError as error:
            found = error.rejected
            raise DecodeError(found.reason_code, place, found.expected, found.found) from error
    is_readable = _media(event.datacontenttype).startswith("text/")
    return event.data.decode("utf-8", "replace") if is_readable else None


def fields(event: CloudEvent, place: str = "data") -> dict[str, Json]:
    """Return an event as the object that a mapping reads: its attributes by name, and its `content`."""
    own: dict[str, Json] = {name: getattr(event, name) for name in _OWN}
    return {**dict(event.extensions), **own, "specversion": VERSION, "data": content(event, place)}


def structured(event: CloudEvent) -> tuple[dict[str, str], bytes]:
    """Return headers and body of an event in structured mode, the same for HTTP and Kafka."""
    members: dict[str, Json] = {"specversion": VERSION, **_attributes(event)}
    if event.datacontenttype is not None:
        members["datacontenttype"] = event.datacontenttype
    if isinstance(event.data, bytes):
        members["data_base64"] = base64.b64encode(event.data).decode()
    elif event.data is not None:
        members["data"] = event.data
    return {CONTENT_TYPE: f"{STRUCTURED}; charset=UTF-8"}, _json(members).encode()


def binary(event: CloudEvent, prefix: str) -> tuple[dict[str, str], bytes]:
    """Return headers and body of an event in binary mode; data that is a JSON value becomes its bytes."""
    is_value = not isinstance(event.data, bytes)
    media = event.datacontenttype or ("application/json" if is_value and event.data is not None else None)
    headers = {CONTENT_TYPE: media} if media else {}
    for name, value in {"specversion": VERSION, **_attributes(event)}.items():
        headers[prefix + name] = quote(value, safe=_PLAIN_IN_HEADERS) if prefix == HTTP else value
    if isinstance(event.data, bytes):
        return headers, event.data
    return headers, b"" if event.data is None else _data_text(event).encode()


def _undeclared(body: bytes, prefix: str) -> Events:
    sent = parse(body)
    if isinstance(sent, list):
        return _batch(sent)
    if not (isinstance(sent, Mapping) and "specversion" in sent):
        expected = f"the header {prefix}specversion, or content type {STRUCTURED}"
        raise DecodeError("not-a-cloudevent", WHOLE, expected, "neither")
    return {"": _structured(sent, "")}


def _batch(sent: Json) -> Events:
    if not isinstance(sent, list):
        raise DecodeError("wrong-shape", WHOLE, "an array of events", kind(sent))
    return {place: _tried(item, place) for place, item in ((f"[{i}]", item) for i, item in enumerate(sent))}


def _tried(item: Json, place: str) -> CloudEvent | Rejected:
    try:
        return _structured(item, place)
    except DecodeError as error:
        return error.rejected


def _structured(sent: Json, place: str) -> CloudEvent:
    members = an_object(sent, place or WHOLE)
    dot = f"{place}." if place else ""
    return _event(members, dot, _json_data(members, dot))


def _json_data(members: Mapping[str, Json], dot: str) -> Json | bytes:
    encoded = members.get("data_base64")
    if encoded is None:
        return members.get("data")
    place = f"{dot}data_base64"
    if members.get("data") is not None:
        raise DecodeError("wrong-shape", place, "data or data_base64", "both")
    if not is_text(encoded):
        raise DecodeError("wrong-shape", place, "a string", kind(encoded))
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise DecodeError("wrong-shape", place, "base64", "something else") from error


def _binary(headers: Mapping[str, str], body: bytes, prefix: str) -> CloudEvent:
    given: dict[str, Json] = {
        name.removeprefix(prefix): _header(value, _header_place(name, i, prefix), prefix)
        for i, (name, value) in enumerate(headers.items())
        if name.startswith(prefix) and _NAME.fullmatch(name.removeprefix(prefix))
    }
    media = headers.get(CONTENT_TYPE)
    return _event({**given, "datacontenttype": media and _unicode(media)}, prefix, body or None)


def _header_place(name: str, index: int, prefix: str) -> str:
    """Return an attribute's header by name if the specification names it; else it is the sender's text."""
    return name if name.removeprefix(prefix) in (*_OWN, "specversion") else f"headers[{index}]"


def _header(value: str, place: str, prefix: str) -> str:
    """Return an attribute from its header (HTTP binding 3.1.3.2; Kafka has UTF-8 as it is)."""
    text = _unicode(value)
    if prefix != HTTP:
        return text
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = _ESCAPED.sub(r"\1", text[1:-1])
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError as error:
        raise DecodeError("wrong-shape", place, "UTF-8 in percent-encoding", "other bytes") from error


def _event(members: Mapping[str, Json], dot: str, data: Json | bytes) -> CloudEvent:
    version = members.get("specversion")
    if not is_text(version) or version != VERSION:
        raise DecodeError("version-unsupported", f"{dot}specversion", f'"{VERSION}"', kind(version))
    time = members.get("time")
    return CloudEvent(
        id=_named(members, "id", dot),
        source=_named(members, "source", dot),
        type=_named(members, "type", dot),
        subject=_optional(members, "subject", dot),
        time=None if time is None or time == "" else a_time(time, f"{dot}time"),
        datacontenttype=_optional(members, "datacontenttype", dot),
        extensions=_extensions(members),
        data=data,
    )


def _named(members: Mapping[str, Json], name: str, dot: str) -> str:
    text = _optional(members, name, dot)
    if text is None:
        raise DecodeError(
            "wrong-shape", f"{dot}{name}", "a string that is not empty", kind(members.get(name))
        )
    return text


def _optional(members: Mapping[str, Json], name: str, dot: str) -> str | None:
    value = members.get(name)
    if value is None or value == "":
        return None
    if not is_text(value):
        raise DecodeError("wrong-shape", f"{dot}{name}", "a string", kind(value))
    return value


def _extensions(members: Mapping[str, Json]) -> Pairs:
    """Return further attributes by their canonical strings; a member that can be none is left out."""
    known = {*_OWN, "specversion", "data"}
    named = ((name, members[name]) for name in sorted(members) if name not in known and _NAME.fullmatch(name))
    return tuple(
        (name, str(value).lower() if isinstance(value, bool) else str(value))
        for name, value in named
        if isinstance(value, str | bool)
    )


def _attributes(event: CloudEvent) -> dict[str, str]:
    """Return the attributes that are there, but for ``datacontenttype``, which has a place of its own."""
    own = {name: getattr(event, name) for name in _OWN if name != "datacontenttype"}
    return {**{name: value for name, value in own.items() if value is not None}, **dict(event.extensions)}


def _data_text(event: CloudEvent) -> str:
    """Return data that is a value as it stands in a body: JSON, or the text itself where it is none."""
    if isinstance(event.data, str) and not _is_json(event.datacontenttype):
        return event.data
    return _json(event.data if not isinstance(event.data, bytes) else None)


def _json(value: Json) -> str:
    """Return ``value`` as JSON with its numbers as they were written."""
    if isinstance(value, NumberText):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(name)}:{_json(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _media(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()


def _is_json(content_type: str | None) -> bool:
    media = _media(content_type)
    return not media or media.endswith(("/json", "+json"))


def _unicode(text: str) -> str:
    """Return ``text`` without lone surrogates, which cannot be stored."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
