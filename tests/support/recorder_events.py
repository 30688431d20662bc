"""Events as Alertmanager's recorder writes them, and what the decoder makes of a body."""

from __future__ import annotations

import json
from typing import Any

from consumers import alertmanager
from consumers.alertmanager_events import decode
from consumers.message import Message
from domain.signal import Delivery

RECEIVED_AT = "2026-03-01T02:10:05.000000Z"
AT = "2026-03-01T02:10:01.123456789Z"
LABELS = {"alertname": "DiskFull", "instance": "db-1"}
FINGERPRINT = alertmanager.fingerprint(LABELS.items())
ALERT: dict[str, Any] = {
    "fingerprint": str(int(FINGERPRINT, 16)),
    "name": "DiskFull",
    "labels": LABELS,
    "annotations": {"summary": "95 % used"},
    "startsAt": "2026-03-01T02:10:00.5Z",
    "endsAt": "2026-03-01T02:20:00Z",
}
GROUP = {"groupKey": "{}:{}", "receiverName": "desk"}
MATCHER = {
    "type": "TYPE_REGEXP",
    "name": "service",
    "pattern": "batch|cron",
    "rendered": 'service=~"batch|cron"',
}
SILENCE: dict[str, Any] = {
    "id": "d126b58b-d0b1-45ba-8c61-ee72c1dee2ce",
    "matchers": [MATCHER],
    "matcherSets": [{"matchers": [MATCHER]}],
    "startsAt": "2026-03-01T02:00:00Z",
    "endsAt": "2026-03-01T04:00:00Z",
    "updatedAt": "2026-03-01T02:00:00Z",
    "createdBy": "robin",
    "comment": "Moving the queue",
}
MUTED = {"labels": LABELS, "fingerprint": ALERT["fingerprint"]}


def event(kind: str, body: object) -> dict[str, Any]:
    """Return an event as the recorder writes it."""
    return {"@timestamp": AT, "instance": "am-1", "data": {kind: body}}


def created(**changes: object) -> dict[str, Any]:
    """Return the event of the usual alert, with changes; those to None are left out."""
    body = {name: value for name, value in {**ALERT, **changes}.items() if value is not None}
    return event("alertCreated", {"alert": body})


def silenced(**changes: object) -> dict[str, Any]:
    """Return the event of the usual silence, with changes; those to None are left out."""
    body = {name: value for name, value in {**SILENCE, **changes}.items() if value is not None}
    return event("silenceCreated", {"silence": body})


def grouped(details: object, **changes: object) -> dict[str, Any]:
    """Return the event of an alert that was put into a group."""
    return event("alertGrouped", {"alert": {"details": details, **changes}, "groupInfo": GROUP})


def told(value: object) -> Delivery:
    """Return what a body with one value says."""
    return heard(json.dumps(value).encode())


def heard(body: bytes) -> Delivery:
    """Return what a body says."""
    return decode(Message(body=body, received_at=RECEIVED_AT), "am")
