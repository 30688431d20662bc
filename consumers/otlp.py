"""OpenTelemetry's logs as OTLP/JSON (``ExportLogsServiceRequest``): bytes to a `Delivery`.

A log record is no alert: it has neither a state nor a key, and it says that something happened at a moment,
not how long it lasted. What is read of it:

- A record of severity ERROR or above fires; those below are counted and not read further. A record with the
  attribute `STATUS` says itself what it is, whatever its severity, and only such a one ends anything.
- The condition is the resource's service (namespace, name, deployment environment) and the event's name. A
  record that is no event is known by its exception's type and the first line of its body, in which every
  word with a digit is masked: with its numbers each message would be a condition of its own.
- Each firing is an episode from its own time. If it went on with the one before, an error of today would be
  taken for the repetition of one of last week that nobody ended, and nobody would hear of it.
- Records of one condition that follow each other in one message are one signal with their number: a message
  may have thousands, and each of them as a fact would tell no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby

from msgspec import Struct

from consumers.alertmanager import sort_pairs
from consumers.condition import hash_of
from consumers.format import Format
from consumers.message import Message
from consumers.otlp_records import Part, Record, attributes, read, records, severity
from consumers.payload import WHOLE, DecodeError, an_array, an_object, kind, parse
from consumers.texts import filled
from consumers.times import since_1970
from domain.classified import Status
from domain.moment import nanoseconds
from domain.signal import Delivery, Pairs, Rejected, Signal

FORMAT = "otlp-logs-json"

STATUS = "tallystick.status"
"""The attribute by which a record says what it is: *firing* or *resolved*."""

_UUID = re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b")
_WORD = re.compile(r"\w+")
_DIGIT = re.compile(r"\d")


class Told(Struct, frozen=True, kw_only=True):
    """A record that fires or ends a condition at a moment."""

    record: Record
    fingerprint: str
    status: Status
    at: str


def decode(message: Message, source: str) -> Delivery:
    """Return what the message of ``source`` says; raises `DecodeError` if it is no such message at all."""
    whole = an_object(parse(message.body), WHOLE)
    an_array(whole.get("resourceLogs"), "resourceLogs")
    results = [_tried(part, message.received_at) for part in records(whole)]
    told = [item for item in results if isinstance(item, Told)]
    return Delivery(
        source=source,
        format=FORMAT,
        signals=_signals(told, source, below=results.count(None)),
        # Once for all records of a resource that does not say whose they are.
        rejected=tuple(dict.fromkeys(item for item in results if isinstance(item, Rejected))),
    )


ROW = Format(name="otlp", version=FORMAT, decode=decode)


def _tried(part: Part | Rejected, received_at: str) -> Told | Rejected | None:
    if isinstance(part, Rejected):
        return part
    try:
        return _told(part, received_at)
    except DecodeError as error:
        return error.rejected


def _told(part: Part, received_at: str) -> Told | None:
    """Return what a record tells, None if it is below ERROR and does not say itself what it is."""
    status = _status(part)
    if status is None:
        return None
    record, at = read(part), _moment(part)
    return Told(record=record, fingerprint=_condition(record), status=status, at=at or received_at)


def _status(part: Part) -> Status | None:
    level, said = severity(part), attributes(part.value).get(STATUS)
    match said:
        case None:
            return None if level is None else "firing"
        case "firing":
            return "firing"
        case "resolved":
            return "resolved"
        case _:
            expected = f"{STATUS} firing or resolved"
            raise DecodeError("status-unknown", f"{part.place}.attributes", expected, kind(said))


def _moment(part: Part) -> str | None:
    """Return when it happened, else when it was seen; 0 says that this is not known."""
    for name in ("timeUnixNano", "observedTimeUnixNano"):
        value = part.value.get(name)
        if value is not None and value not in ("0", ""):
            return since_1970(value, f"{part.place}.{name}", "ns")
    return None


def _condition(record: Record) -> str:
    """Return the hash of the service and of what happened to it."""
    service = record.resource.get("service.name")
    if service is None:
        raise DecodeError("wrong-shape", record.resource_place, "the attribute service.name", "none")
    whose = (record.resource.get("service.namespace", ""), service, _environment(record) or "")
    if record.event is not None:
        return hash_of("event", *whose, record.event)
    exception, line = record.attributes.get("exception.type", ""), masked(_first_line(record.body))
    if not (exception or line):
        raise DecodeError("wrong-shape", record.place, "eventName, a body or exception.type", "none")
    return hash_of("record", *whose, exception, line)


def masked(text: str) -> str:
    """Return ``text`` with # for each word that has a digit in it, and for each UUID."""
    return _WORD.sub(lambda word: "#" if _DIGIT.search(word[0]) else word[0], _UUID.sub("#", text))


def _signals(told: Iterable[Told], source: str, below: int) -> tuple[Signal, ...]:
    """Return a signal for each run of one status of one condition, in order of time."""
    by_condition: dict[str, list[Told]] = {}
    for item in told:
        by_condition.setdefault(item.fingerprint, []).append(item)
    return tuple(
        _signal(list(run), source, below)
        for items in by_condition.values()
        for _, run in groupby(sorted(items, key=_when), key=lambda item: item.status)
    )


def _when(item: Told) -> int:
    return nanoseconds(item.at)


def _signal(run: list[Told], source: str, below: int) -> Signal:
    first, resolved = run[0], run[0].status == "resolved"
    return Signal(
        source=source,
        fingerprint=first.fingerprint,
        fingerprint_from="labels",
        status=first.status,
        starts_at=first.at,
        ends_at=first.at if resolved else None,
        labels=_labels(first.record),
        annotations=_annotations(first.record, {"records": str(len(run)), "records_below": str(below)}),
        # An end is that of whatever fires: it does not know when that began.
        episode_from="state" if resolved else "sender",
    )


def _labels(record: Record) -> Pairs:
    """Return what the record says of itself, and its resource's attributes, which win under their names."""
    own = {
        # Not the body, because a name of an alert is kept in clear.
        "alertname": record.event or record.attributes.get("exception.type"),
        "service": record.resource.get("service.name"),
        "environment": _environment(record),
        "severity": record.severity,
        "otel.scope.name": record.scope,
    }
    return sort_pairs({**filled(own.items()), **record.resource}.items())


def _annotations(record: Record, counts: Mapping[str, str]) -> Pairs:
    """Return the record's attributes, its texts, and how many there were of it and of those below."""
    line = _first_line(record.body)
    found = {
        "summary": line or record.attributes.get("exception.message") or record.event,
        "description": None if record.body == line else record.body,
        "trace_id": record.trace_id,
        "span_id": record.span_id,
        **counts,
    }
    return sort_pairs({**record.attributes, **filled(found.items())}.items())


def _environment(record: Record) -> str | None:
    names = ("deployment.environment.name", "deployment.environment")
    return next((record.resource[name] for name in names if name in record.resource), None)


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0].strip()
