"""``incident-timeline.md``: the canonical bytes of the timeline (R-ART-01, R-ART-02, R-ART-03, R-ART-20).

A function of the incident's own facts alone. A change of output needs a new `RENDERER`; a frozen
file in the tests says when. Readable copies are `projections.markdown.reveal_markdown` of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import groupby

from domain.facts import Fact
from domain.protocol import PROTOCOL_ID, PROTOCOL_VERSION
from domain.recorded import Recorded, UnknownFact
from projections.front_matter import front_matter
from projections.incident_list import Row, after
from projections.markdown import escape
from projections.timeline import Entry, Timeline, timeline

FILE_NAME = "incident-timeline.md"
RENDERER = 1
SCHEMA = "tallystick.incident-timeline"

DRILL = "**Drill.** This incident is an exercise."
SOLO = "Profile solo: no separation of duties."


def timeline_artifact(recorded: Sequence[Recorded[Fact | UnknownFact]]) -> bytes | None:
    """Return the artifact for the facts of one incident stream, None if they open no incident.

    For an earlier version or moment, pass the facts `projections.until` it.
    """
    row = reduce(lambda row, item: after(row, item, 1), recorded, _none())
    if row is None:
        return None
    view = timeline(recorded)
    text = "\n".join((_header(row, view, recorded[-1]), *_banners(row), *_days(view.entries)))
    return text.encode()


def _none() -> Row | None:
    return None


def _header(row: Row, view: Timeline, last: Recorded[Fact | UnknownFact]) -> str:
    fields = front_matter(
        {
            "schema": SCHEMA,
            "schema_version": 1,
            "protocol_id": PROTOCOL_ID,
            "protocol_version": PROTOCOL_VERSION,
            "incident_id": row.stream,
            "generated_at": last.recordedtime,
            "generated_from": {
                "stream": last.stream,
                "version": last.version,
                "leaf": last.leaf,
                "position": last.position,
            },
            "policy_sha256": row.policy_sha256,
            "renderer": RENDERER,
            "incident_commander": row.commander,
            "status": row.state,
            "metrics": _metrics(view),
            "data": {"drill": row.drill, "profile": row.profile, "visibility": row.visibility},
        }
    )
    return f"{fields}\n# Incident timeline: {row.heading}\n"


def _metrics(view: Timeline) -> dict[str, int]:
    return {
        "corrections": sum(entry.corrects is not None for entry in view.entries),
        "events": len(view.entries),
        "reported_late": sum(entry.reported_late for entry in view.entries),
        "unknown_events": view.unknown,
    }


def _banners(row: Row) -> tuple[str, ...]:
    return (*((f"{DRILL}\n",) if row.drill else ()), *((f"{SOLO}\n",) if row.profile == "solo" else ()))


def _days(entries: Sequence[Entry]) -> tuple[str, ...]:
    """Return a heading for each date, and one paragraph an entry: Markdown would join plain lines."""
    times = {entry.version: entry.time for entry in entries}
    days = groupby(entries, key=lambda entry: entry.time[:10])
    return tuple(
        line
        for day, members in days
        for line in (f"## {day}\n", *(f"{_line(entry, times)}\n" for entry in members))
    )


def _line(entry: Entry, times: dict[int, str]) -> str:
    of = f" (of the entry of {_clock(times[entry.corrects], entry.time)})" if entry.corrects else ""
    corrected = [_clock(times[version], entry.time) for version in entry.corrected_by]
    seen = f" (corrected, see {', '.join(corrected)})" if corrected else ""
    late = f" (reported late, at {_clock(entry.recordedtime, entry.time)})" if entry.reported_late else ""
    return f"{_clock(entry.time, entry.time)} - {escape(entry.text)}{of}{seen}{late}"


def _clock(time: str, near: str) -> str:
    """Return ``HH:MM UTC``, with the date where it is another day than that of ``near``."""
    day = "" if time[:10] == near[:10] else f"{time[:10]} "
    return f"{day}{time[11:16]} UTC"
