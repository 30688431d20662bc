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
        name="grafana",
        title="Grafana",
        examples={
            "firing": {
                "version": "1",
                "groupKey": '{}/{}:{alertname="HighLatency"}',
                "status": "firing",
                "state": "alerting",
                "truncatedAlerts": 0,
                "alerts": [
                    {
                        "status": "firing",
                        "labels": {"alertname": "HighLatency", "service": "checkout", "severity": "critical"},
                        "annotations": {"summary": "p99 above 2 s"},
                        "startsAt": "2026-03-01T02:10:00.123456789Z",
                        "endsAt": "0001-01-01T00:00:00Z",
                        "fingerprint": "c4edaaf9f9f839b0",
                    }
                ],
            }
        },
    ),
    SourceRow(
        name="azure",
        title="Azure Monitor",
        examples={
            "fired": {
                "schemaId": "azureMonitorCommonAlertSchema",
                "data": {
                    "essentials": {
                        "alertId": "/subscriptions/11111111-1111-1111-1111-111111111111/providers/"
                        "Microsoft.AlertsManagement/alerts/22222222-2222-2222-2222-222222222222",
                        "alertRule": "checkout-latency",
                        "severity": "Sev1",
                        "signalType": "Metric",
                        "monitorCondition": "Fired",
                        "monitoringService": "Platform",
                        "configurationItems": ["checkout-1"],
                        "firedDateTime": "2026-03-01T02:10:00.1234567Z",
                    },
                    "customProperties": {"service": "checkout", "environment": "production"},
                },
            }
        },
    ),
)
