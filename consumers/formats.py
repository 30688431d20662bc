"""The formats that monitoring tools speak, one pure decoder module each."""

from __future__ import annotations

from collections.abc import Mapping

from consumers import (
    alertmanager,
    datadog,
    gcm,
    mapped_events,
    mapped_json,
    nagios,
    otlp,
    sentry,
    sns,
    zabbix,
)
from consumers.format import Format

ROWS: tuple[Format, ...] = (
    alertmanager.ROW,
    sns.ROW,
    gcm.ROW,
    datadog.ROW,
    mapped_events.ROW,
    mapped_json.ROW,
    sentry.ROW,
    zabbix.ROW,
    nagios.ROW,
    otlp.ROW,
)

FORMATS: Mapping[str, Format] = {row.name: row for row in ROWS}
"""Name -> row."""
