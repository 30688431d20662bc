"""The formats that monitoring tools speak, one pure decoder module each."""

from __future__ import annotations

from collections.abc import Mapping

from consumers import alertmanager, pagerduty, pagerduty_changes
from consumers.format import Format

ROWS: tuple[Format, ...] = (
    alertmanager.ROW,
    pagerduty.ROW,
    pagerduty_changes.ROW,
)

FORMATS: Mapping[str, Format] = {row.name: row for row in ROWS}
"""Name -> row."""
