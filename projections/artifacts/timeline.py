"""``incident-timeline.md``: what happened, day by day, a line for each fact (R-ART-20)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from domain.artifacts import TIMELINE
from projections.artifacts.banners import said_first
from projections.artifacts.content import Content
from projections.artifacts.rendering import Rendering
from projections.artifacts.row import Row
from projections.markdown import escape
from projections.timeline import Entry, Timeline, timeline


def content(rendering: Rendering) -> Content:
    """Return the timeline of one incident."""
    row, view = rendering.row, timeline(rendering.facts)
    return Content(
        status=row.state,
        metrics=_metrics(view),
        data={"drill": row.drill, "profile": row.profile, "visibility": row.visibility},
        body="\n".join((f"# Incident timeline: {row.heading}\n", *said_first(row), *_days(view.entries))),
    )


def _metrics(view: Timeline) -> dict[str, int]:
    return {
        "corrections": sum(entry.corrects is not None for entry in view.entries),
        "events": len(view.entries),
        "reported_late": sum(entry.reported_late for entry in view.entries),
        "unknown_events": view.unknown,
    }


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


ROWS = (
    Row(
        requirement="R-ART-20",
        name=TIMELINE,
        artifact_id="timeline",
        step="3.3",
        consumers=("22", "stakeholders"),
        gate="recovery_validation",
        counted=True,
        render=content,
    ),
)
