"""The formats that monitoring tools speak, one pure decoder module each."""

from __future__ import annotations

from collections.abc import Mapping

from consumers import alertmanager, azure, grafana
from consumers.format import Format

ROWS: tuple[Format, ...] = (
    alertmanager.ROW,
    grafana.ROW,
    azure.ROW,
)

FORMATS: Mapping[str, Format] = {row.name: row for row in ROWS}
"""Name -> row."""
