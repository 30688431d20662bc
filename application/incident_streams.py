"""Which streams the export of an incident holds: what a reader needs to judge it alone (design 10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from application.reading import BATCH, recorded
from domain.intake.facts import SignalAttached
from domain.people_facts import STREAM as PEOPLE
from ledger.heads import STREAM as HEADS
from ledger.keyfacts import STREAM as KEYS
from ledger.store.contract import Reader, Row
from ledger.store.rows import open_row

Sees: TypeAlias = Callable[[str], bool]
"""Whether the reader sees the incident with this stream (R-VIS-01)."""


def streams_of(store: Reader, incident: str, size: int, sees: Sees) -> list[str]:
    """Return the streams, in ascending order of names, that have an entry among the first ``size``.

    The incident, its alerts, the directory of people, the keys and the heads. An alert that also belongs to
    an incident which the reader does not see is left out: its entries name that incident.
    """
    alerts = {alert for alert in _alerts(store, incident, size) if _may_see(store, alert, size, sees)}
    wanted = sorted({incident, PEOPLE, KEYS, HEADS, *alerts})
    return [stream for stream in wanted if next(rows_below(store, stream, size), None) is not None]


def rows_below(store: Reader, stream: str, size: int) -> Iterator[Row]:
    """Yield the entries of a stream among the first ``size``, in order, in batches that keep memory flat."""
    version = 0
    while rows := store.stream_rows(stream, version, BATCH):
        for row in rows:
            if row.position >= size:
                return
            yield row
        version = rows[-1].version


def _alerts(store: Reader, incident: str, size: int) -> set[str]:
    facts = (recorded(row).fact for row in rows_below(store, incident, size))
    return {fact.alert for fact in facts if isinstance(fact, SignalAttached)}


def _may_see(store: Reader, alert: str, size: int, sees: Sees) -> bool:
    incidents = {open_row(row)[1].correlationid for row in rows_below(store, alert, size)}
    return all(incident is None or sees(incident) for incident in incidents)
