"""What incidents measure, one by one and together (R-GATE-34, R-LRN-20).

An incident is measured when somebody asks and again once it has gone on; between, what it measured is kept
beside its row in the list. A count of what is overdue also ends with a day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice

import msgspec

from application.engine import Engine
from application.incident_views import scene
from application.past import NOW, At
from application.reading import stream_facts
from domain.classified import Severity
from domain.moment import timestamp
from projections.incident_list import Row
from projections.metrics.measured import Sample, chronicle
from projections.metrics.reading import MetricSummary, MetricValue, samples, summaries, values
from projections.metrics.table import EDITION
from projections.metrics.tallies import good_until

BATCH = 100


class MetricsView(msgspec.Struct, frozen=True, kw_only=True):
    """What one incident measured as of ``version``."""

    incident: str
    number: str
    version: int
    as_of: str
    metrics: tuple[MetricValue, ...]


class Which(msgspec.Struct, frozen=True, kw_only=True):
    """Which incidents: opened from ``since`` and before ``until``, as recorded; drills if asked for."""

    since: str | None = None
    until: str | None = None
    severity: Severity | None = None
    drills: bool = False


class Month(msgspec.Struct, frozen=True, kw_only=True):
    """How many incidents were opened in a month (``2026-03``), as recorded."""

    month: str
    incidents: int


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What an incident measured, by the table's ``edition``; good up to the end of a day, or for ever."""

    edition: int
    good_until: str | None
    samples: Mapping[str, Sample]


_MEASURED = msgspec.json.Decoder(Measured)


def of_incident(engine: Engine, stream: str, at: At = NOW) -> MetricsView | None:
    """Return what an incident had measured at a moment, None where it was not yet open."""
    found = scene(engine, stream, at)
    if found is None:
        return None
    told = chronicle(found.facts, engine.shelf.get, found.case.at)
    return MetricsView(
        incident=stream,
        number=engine.index.number(stream),
        version=found.case.incident.version,
        as_of=found.case.at,
        metrics=values(samples(told)),
    )


def over_incidents(engine: Engine, which: Which) -> tuple[int, tuple[MetricSummary, ...]]:
    """Return how many incidents there are of ``which``, and what they measured together.

    Restricted incidents count, and nothing here names any.
    """
    engine.follower.catch_up()
    chosen = {row.stream for row in engine.index.rows() if _chosen(row, which)}
    measure_again(engine)
    kept = (_MEASURED.decode(row).samples for stream, _, row in engine.index.measured() if stream in chosen)
    return len(chosen), summaries(kept)


def by_month(engine: Engine, which: Which) -> tuple[Month, ...]:
    """Return how many incidents of ``which`` were opened each month, from the first month to the last."""
    engine.follower.catch_up()
    opened = Counter(row.opened_at[:7] for row in engine.index.rows() if _chosen(row, which))
    if not opened:
        return ()
    months = _months(min(opened), max(opened))
    return tuple(Month(month=month, incidents=opened[month]) for month in months)


def _months(first: str, last: str) -> Iterator[str]:
    """Yield every month between two, both with it, so that a quiet one shows."""
    year, month = int(first[:4]), int(first[5:])
    while (name := f"{year:04}-{month:02}") <= last:
        yield name
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def measure_again(engine: Engine) -> int:
    """Measure every incident whose measures are not of its newest version, or of today; return how many."""
    today = timestamp(engine.clock())[:10]
    kept = {stream: version for stream, version, row in engine.index.measured() if _holds(row, today)}
    stale = (row for row in engine.index.rows() if kept.get(row.stream, 0) < row.version)
    done = 0
    # In batches: whoever stops halfway has measured what it has measured.
    while batch := tuple(islice(_measured(engine, stale), BATCH)):
        engine.index.keep_measured(batch)
        done += len(batch)
    return done


def _measured(engine: Engine, stale: Iterator[Row]) -> Iterator[tuple[str, int, bytes]]:
    for row in stale:
        facts = stream_facts(engine.store, row.stream)
        told = chronicle(facts, engine.shelf.get, max(timestamp(engine.clock()), facts[-1].recordedtime))
        found = Measured(edition=EDITION, good_until=good_until(told), samples=samples(told))
        yield row.stream, facts[-1].version, msgspec.json.encode(found)


def _holds(row: bytes, today: str) -> bool:
    found = _MEASURED.decode(row)
    return found.edition == EDITION and (found.good_until is None or today <= found.good_until)


def _chosen(row: Row, which: Which) -> bool:
    return (
        (which.drills or not row.drill)
        and (which.since is None or which.since <= row.opened_at)
        and (which.until is None or row.opened_at < which.until)
        and which.severity in (None, row.severity)
    )
