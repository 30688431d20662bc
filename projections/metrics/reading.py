"""The one reader of the table: what an incident measures, and what incidents measure together (R-LRN-20).

Percentiles are by nearest rank: the value at place ceil(p/100 * count) of the sorted values, so each is one
that was measured. Everything is whole numbers; nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from msgspec import Struct

from domain.ratio import Ratio
from projections.metrics.measured import Chronicle, Metric, Sample, Unit
from projections.metrics.table import METRICS

Samples = Mapping[str, Sample]
"""Id of a metric -> what an incident measured; what it did not is absent."""


class MetricValue(Struct, frozen=True, kw_only=True):
    """One metric of one incident, null where there is nothing to measure yet.

    ``raw`` goes by the times that people stated, ``recorded`` by the times of recording; they may differ
    where something was ``reported_late``. Seconds have three decimals, ratios are ``num/den``.
    """

    id: str
    title: str
    unit: Unit
    formula: str
    raw: str | None
    recorded: str | None
    reported_late: bool


class Summary(Struct, frozen=True, kw_only=True):
    """Values of several incidents; ``total`` is their sum, for ratios all parts of all wholes."""

    count: int
    median: str
    p90: str
    p95: str
    max: str
    total: str


class MetricSummary(Struct, frozen=True, kw_only=True):
    """One metric over incidents, null where none of them measured it.

    ``raw`` and ``recorded`` are about all incidents; ``late`` has the raw values of those alone that rest on
    something reported late, null where none does.
    """

    id: str
    title: str
    unit: Unit
    formula: str
    raw: Summary | None
    recorded: Summary | None
    late: Summary | None


def samples(told: Chronicle) -> Samples:
    """Return what an incident measured."""
    declared = told.incident.intake.declared_at is not None
    found = {row.id: row.measure(told) for row in METRICS if declared or row.undeclared}
    return {name: sample for name, sample in found.items() if sample is not None}


def values(measured: Samples) -> tuple[MetricValue, ...]:
    """Return every metric of one incident, in the table's order."""
    return tuple(_value(row, measured.get(row.id)) for row in METRICS)


def summaries(measured: Iterable[Samples]) -> tuple[MetricSummary, ...]:
    """Return every metric over incidents, in the table's order."""
    everything = tuple(measured)
    return tuple(_summarised(row, [one[row.id] for one in everything if row.id in one]) for row in METRICS)


def said(unit: Unit, value: Ratio) -> str:
    """Return a value as text, exactly: ``812.345`` (seconds), ``3``, ``2/3``."""
    match unit:
        case "seconds":
            return f"{value.num // 1000}.{value.num % 1000:03}"
        case "count":
            return str(value.num)
        case "ratio":
            return f"{value.num}/{value.den}"


def nearest_rank(ordered: Sequence[Ratio], percent: int) -> Ratio:
    """Return the percentile of values in ascending order, of which there is one at least."""
    return ordered[-(-percent * len(ordered) // 100) - 1]


def _value(row: Metric, sample: Sample | None) -> MetricValue:
    return MetricValue(
        id=row.id,
        title=row.title,
        unit=row.unit,
        formula=row.formula,
        raw=None if sample is None else said(row.unit, sample.raw),
        recorded=None if sample is None else said(row.unit, sample.recorded),
        reported_late=sample is not None and sample.late,
    )


def _summarised(row: Metric, found: Sequence[Sample]) -> MetricSummary:
    return MetricSummary(
        id=row.id,
        title=row.title,
        unit=row.unit,
        formula=row.formula,
        raw=_summary(row.unit, [sample.raw for sample in found]),
        recorded=_summary(row.unit, [sample.recorded for sample in found]),
        late=_summary(row.unit, [sample.raw for sample in found if sample.late]),
    )


def _summary(unit: Unit, found: Sequence[Ratio]) -> Summary | None:
    if not found:
        return None
    # Ties by the whole, so that 1/2 and 2/4 stand in one order whatever order they came in.
    ordered = sorted(found, key=lambda value: (Fraction(value.num, value.den), value.den))
    num = sum(value.num for value in found)
    total = Ratio(num, sum(value.den for value in found) if unit == "ratio" else 1)
    return Summary(
        count=len(ordered),
        median=said(unit, nearest_rank(ordered, 50)),
        p90=said(unit, nearest_rank(ordered, 90)),
        p95=said(unit, nearest_rank(ordered, 95)),
        max=said(unit, ordered[-1]),
        total=said(unit, total),
    )
