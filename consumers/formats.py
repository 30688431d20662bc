"""The formats that monitoring tools speak, one pure decoder module each."""

from __future__ import annotations

from collections.abc import Mapping

from consumers import (
    alertmanager,
    alertmanager_events,
    azure,
    datadog,
    generic,
    google,
    grafana,
    mapped_events,
    nagios,
    otlp,
    pagerduty,
    pagerduty_changes,
    sentry,
    sns,
    zabbix,
)
from consumers.format import Format

ROWS: tuple[Format, ...] = (
    alertmanager.ROW,
    sns.ROW,
    google.ROW,
    datadog.ROW,
    mapped_events.ROW,
    generic.ROW,
    sentry.ROW,
    zabbix.ROW,
    nagios.ROW,
    otlp.ROW,
    pagerduty.ROW,
    pagerduty_changes.ROW,
    alertmanager_events.ROW,
    grafana.ROW,
    azure.ROW,
)

FORMATS: Mapping[str, Format] = {row.name: row for row in ROWS}
"""Name -> row."""
