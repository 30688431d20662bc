"""Google Cloud Monitoring's webhook, version 1: bytes to a `Delivery`.

An incident of theirs is one firing of one time series, and its id is the key: *open* is its firing,
*closed* its end. A test from their console (``version`` *test*) is kept and says nothing of any alert.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from consumers.alertmanager import sort_pairs
from consumers.condition import key_of
from consumers.format import Format
from consumers.payload import DecodeError, Json, an_object, is_text, kind, parse
from consumers.texts import a_name, filled, text_in, texts_in, within
from consumers.times import since_1970
from domain.classified import Status
from domain.signal import Delivery, Pairs, Signal

FORMAT = "google-v1"
_VERSION = re.compile(r"1\.[0-9]{1,4}")


def decode(body: bytes, source: str) -> Delivery:
    """Return what the message of ``source`` says; raises `DecodeError` if it is no such message at all."""
    message = an_object(parse(body), "$")
    version = message.get("version", "1.2")
    if version == "test":
        return Delivery(source=source, format=FORMAT)
    if not (is_text(version) and _VERSION.fullmatch(version)):
        raise DecodeError("version-unsupported", "version", '"1." and a number, or "test"', kind(version))
    incident = an_object(message.get("incident"), "incident")
    return Delivery(source=source, format=FORMAT, signals=(_signal(incident, source),))


ROW = Format(name="google", version=FORMAT, decode=lambda message, source: decode(message.body, source))


def _signal(incident: Mapping[str, Json], source: str) -> Signal:
    status = _status(incident.get("state"))
    return Signal(
        source=source,
        fingerprint=key_of(a_name(incident.get("incident_id"), "incident.incident_id")),
        fingerprint_from="sender",
        status=status,
        starts_at=since_1970(incident.get("started_at"), "incident.started_at"),
        ends_at=_end(incident.get("ended_at"), status),
        labels=_labels(incident),
        annotations=_annotations(incident),
        generator_url=text_in(incident.get("url")),
    )


def _status(state: Json) -> Status:
    match state:
        case "open":
            return "firing"
        case "closed":
            return "resolved"
        case other:
            raise DecodeError("status-unknown", "incident.state", "open or closed", kind(other))


def _end(value: Json, status: Status) -> str | None:
    if status == "firing" or value is None:
        return None
    return since_1970(value, "incident.ended_at")


def _labels(incident: Mapping[str, Json]) -> Pairs:
    """Return all labels; those that people gave the policy win, then what the incident itself says."""
    resource, metric, metadata = (incident.get(name) for name in ("resource", "metric", "metadata"))
    own = {
        "alertname": text_in(incident.get("policy_name")) or text_in(incident.get("condition_name")),
        "severity": text_in(incident.get("severity")),
        "resource_type": text_in(within(resource, "type")),
        "metric_type": text_in(within(metric, "type")),
        **{name: text_in(incident.get(name)) for name in ("condition_name", "scoping_project_id")},
    }
    return sort_pairs(
        {
            **texts_in(within(resource, "labels")),
            **texts_in(within(metric, "labels")),
            **texts_in(within(metadata, "system_labels")),
            **texts_in(within(metadata, "user_labels")),
            **filled(own.items()),
            **texts_in(incident.get("policy_user_labels")),
        }.items()
    )


def _annotations(incident: Mapping[str, Json]) -> Pairs:
    documentation = incident.get("documentation")
    found = {
        "summary": text_in(incident.get("summary")) or text_in(incident.get("policy_name")),
        # Their test calls have a plain text here.
        "description": text_in(documentation) or text_in(within(documentation, "content")),
        **{name: text_in(incident.get(name)) for name in ("observed_value", "threshold_value")},
    }
    return sort_pairs(filled(found.items()).items())
