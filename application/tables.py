"""Lists as files for spreadsheets and programs: CSV (RFC 4180) and JSON Lines, in UTF-8.

A spreadsheet takes a cell that begins like a formula for one, whoever wrote it: such a cell gets an
apostrophe in front, which shows in the file and calculates nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, get_args

import msgspec

from application.views import IncidentView
from projections.metrics.reading import MetricSummary, MetricValue
from projections.timeline import Entry

Format = Literal["json", "csv", "jsonl"]
Basis = Literal["raw", "recorded", "late"]

MEDIA = {"csv": "text/csv; charset=utf-8; header=present", "jsonl": "application/jsonl"}
"""Format -> media type."""

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")

ENTRIES: tuple[str, ...] = Entry.__struct_fields__
"""The columns of a timeline: everything that an entry says."""

_FIRST = ("number", "title")
INCIDENTS: tuple[str, ...] = (
    *_FIRST,
    *(name for name in IncidentView.__struct_fields__ if name not in (*_FIRST, "alerts")),
)
"""The columns of the list of incidents: alerts are counted, and listed in JSON alone."""


MEASURES: tuple[str, ...] = MetricValue.__struct_fields__
"""The columns of what one incident measured."""


class SummaryRow(msgspec.Struct, frozen=True, kw_only=True):
    """One metric over incidents on one ``basis``: as stated, as recorded, or what was reported late."""

    id: str
    title: str
    unit: str
    formula: str
    basis: Basis
    count: int
    median: str
    p90: str
    p95: str
    max: str
    total: str


SUMMARIES: tuple[str, ...] = SummaryRow.__struct_fields__
"""The columns of what incidents measured together."""


def summary_rows(found: Iterable[MetricSummary]) -> Iterator[SummaryRow]:
    """Yield a row for each metric and basis that there is."""
    for metric in found:
        for basis in get_args(Basis):
            summary = getattr(metric, basis)
            if summary is not None:
                about = {name: getattr(metric, name) for name in ("id", "title", "unit", "formula")}
                yield SummaryRow(basis=basis, **about, **msgspec.structs.asdict(summary))


def csv_of(columns: Sequence[str], rows: Iterable[msgspec.Struct]) -> bytes:
    """Return rows as CSV with a header; lists are joined by ``; ``, what is absent is empty."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_cell(getattr(row, name)) for name in columns] for row in rows)
    return text.getvalue().encode()


def jsonl_of(rows: Iterable[msgspec.Struct]) -> bytes:
    """Return rows as JSON, a line each."""
    return msgspec.json.Encoder().encode_lines(rows)


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case tuple():
            return _harmless("; ".join(map(str, value)))
        case int():
            return str(value)
        case _:
            return _harmless(str(value))


def _harmless(text: str) -> str:
    # Our own escape of ``⟦`` belongs to texts that are revealed in steps; here nothing is revealed any more.
    whole = text.replace("⟦⟦", "⟦")
    return f"'{whole}" if whole.startswith(FORMULAS) else whole
