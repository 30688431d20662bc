"""Which commitments the log names: asked before a vault row that looks like an orphan is removed.

Looked for in the bytes of the events, not in decoded facts, so that facts of types this program
does not know keep their values.
"""

from __future__ import annotations

import re
from collections.abc import Set
from datetime import datetime, timedelta

from application.reading import log_rows
from ledger.dsse import parse_envelope
from ledger.event import format_time
from ledger.store.contract import Reader
from ledger.store.rows import open_row

_COMMITMENT = re.compile(rb'"c":"([0-9a-f]{64})"')
CLOCK_MARGIN = timedelta(hours=1)
"""How far the clocks of two writing processes may differ."""


def referenced(store: Reader, commitments: Set[str], since: datetime) -> Set[str]:
    """Return those of ``commitments``, all made after ``since``, that entries of the log name.

    A value is in the vault before its fact is appended, so older entries need not be read.
    """
    end = store.head().size
    found: set[str] = set()
    for row in log_rows(store, _first_after(store, format_time(since - CLOCK_MARGIN), end), end):
        payload = parse_envelope(row.envelope, f"entry {row.position}").payload
        found.update(c for c in map(bytes.decode, _COMMITMENT.findall(payload)) if c in commitments)
    return found


def _first_after(store: Reader, time: str, end: int) -> int:
    """Return a position before which everything was recorded before ``time``, by bisection.

    Recorded times of different streams may be out of order by as much as clocks differ.
    """
    low, high = 0, end
    while low < high:
        middle = (low + high) // 2
        _, event = open_row(store.rows(middle, 1)[0])
        if event.recordedtime < time:
            low = middle + 1
        else:
            high = middle
    return low
