"""The formats that monitoring tools speak, one pure decoder module each."""

from __future__ import annotations

from collections.abc import Mapping

from consumers import alertmanager, alertmanager_events
from consumers.format import Format

ROWS: tuple[Format, ...] = (
    alertmanager.ROW,
    alertmanager_events.ROW,
)

FORMATS: Mapping[str, Format] = {row.name: row for row in ROWS}
"""Name -> row."""
