"""What each monitoring tool sends, as the description of the API shows it: one row a source, with examples.

`consumers` decodes what comes; whatever is not described here is ignored, not refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta


class AlertmanagerAlert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert of a message; `fingerprint` may be absent, further members are ignored."""

    status: Literal["firing", "resolved"]
    labels: Annotated[dict[str, str], Meta(min_length=1)]
    startsAt: str  # noqa: N815 - the sender's name
    endsAt: str | None = None  # noqa: N815 - the sender's name
    annotations: dict[str, str] | None = None
    generatorURL: str | None = None  # noqa: N815 - the sender's name
    fingerprint: str | None = None


class AlertmanagerMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message as Alertmanager sends it, for the description; `consumers.alertmanager` decodes it."""

    alerts: tuple[AlertmanagerAlert, ...]
    version: Literal["4"] = "4"
    groupKey: str | None = None  # noqa: N815 - the sender's name
    truncatedAlerts: Annotated[int, Meta(ge=0)] = 0  # noqa: N815 - the sender's name


class ForeignMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message as its sender documents it; docs/signals.md says what is read of it."""


class SourceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A source: the segment of its path, its name for people, and messages it may send."""

    name: str
    title: str
    examples: Mapping[str, Any]
    kind: type[msgspec.Struct] = ForeignMessage
    media: str = "application/json"


ROWS: tuple[SourceRow, ...] = (
    SourceRow(
        name="alertmanager",
        title="Alertmanager",
        kind=AlertmanagerMessage,
        examples={
            "firing": {
                "version": "4",
                "groupKey": '{}:{alertname="HighLatency"}',
                "status": "firing",
                "truncatedAlerts": 0,
                "alerts": [
                    {
                        "status": "firing",
                        "labels": {"alertname": "HighLatency", "service": "checkout", "severity": "critical"},
                        "annotations": {"summary": "p99 above 2 s"},
                        "startsAt": "2026-03-01T02:10:00.123456789Z",
                        "endsAt": "0001-01-01T00:00:00Z",
                    }
                ],
            }
        },
    ),
    SourceRow(
        name="alertmanager-events",
        title="Alertmanager's event recorder",
        examples={
            "alert_created": {
                "@timestamp": "2026-03-01T02:10:01.123456789Z",
                "instance": "alertmanager-1",
                "data": {
                    "alertCreated": {
                        "alert": {
                            "name": "HighLatency",
                            "labels": {
                                "alertname": "HighLatency",
                                "service": "checkout",
                                "severity": "critical",
                            },
                            "annotations": {"summary": "p99 above 2 s"},
                            "startsAt": "2026-03-01T02:10:00.123456789Z",
                        }
                    }
                },
            }
        },
    ),
)
