"""Makes the frozen timeline: ``python -m tests.support.timeline_vector`` prints its canonical bytes.

What it prints goes to ``tests/vectors/incident-timeline.<renderer>.md`` when, and only when, the
renderer gets a new number.
"""

from __future__ import annotations

import sys

from domain.intake.facts import SignalAttached
from domain.prose import prose
from domain.recorded import UnknownFact
from domain.timeline.facts import TimelineEntryRecorded
from tests.support.meaning import fresh_id, recorded
from tests.support.rendered import rendered
from tests.support.story import FACTS

HOSTILE = "a*b_c`d [x](https://y) <b>&lt;</b> ⟦sealed:0000000000000000⟧ |\n# \u202e end\\"
LONG = (
    *FACTS,
    SignalAttached(
        signal_id=fresh_id(9),
        alert="alert-ffffffffffffffffffffffffffffffff",
        alert_name=HOSTILE,
        episode="1772331000123456789",
        fired_at="2026-02-28T23:59:59.999999Z",
        why="by-hand",
        service="checkout@db.example",
        rationale=prose("same cause"),
        at="2026-02-28T23:59:59.999999Z",
    ),
    UnknownFact(type="tallystick.from-tomorrow.v9", data={}),
    TimelineEntryRecorded(
        entry_id=fresh_id(10),
        category="communication",
        text=prose(HOSTILE),
        at="2026-03-01T02:00:00.000000Z",
    ),
)


def vector() -> bytes:
    """Return the canonical bytes of a timeline in which everything occurs."""
    made = rendered(recorded(LONG))
    if made is None:
        raise AssertionError("the story opens an incident")
    return made


if __name__ == "__main__":
    sys.stdout.buffer.write(vector())
