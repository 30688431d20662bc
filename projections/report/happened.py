"""Timeline: the moments that matter, when they happened; what was corrected or written late says so."""

from __future__ import annotations

from domain.facts import Fact
from domain.recorded import Recorded, UnknownFact
from projections.artifacts.rendering import Rendering
from projections.blocks import Blocks, heading, items, paragraph
from projections.report import numbers
from projections.report.moments import MOMENTS
from projections.spans import clock, day
from projections.timeline import Entry, timeline


def blocks(rendering: Rendering) -> Blocks:
    """Return the moments a day at a time, and how long it all took."""
    view = timeline(rendering.facts)
    by_version = {item.version: item for item in rendering.facts}
    told = [(entry, line) for entry in view.entries if (line := _line(entry, by_version)) is not None]
    days = dict.fromkeys(entry.time[:10] for entry, _ in told)
    return (
        *(block for date in days for block in _day(date, told, len(days))),
        paragraph(f"All {len(view.entries)} events are in incident-timeline.md."),
        heading(3, "How long it took"),
        *items(numbers.lines(rendering)),
    )


def _day(date: str, told: list[tuple[Entry, str]], days: int) -> Blocks:
    lines = (line for entry, line in told if entry.time[:10] == date)
    title = (heading(3, day(date)),) if days > 1 else (paragraph(f"All times are of {day(date)}, UTC."),)
    return (*title, *items(lines))


def _line(entry: Entry, by_version: dict[int, Recorded[Fact | UnknownFact]]) -> str | None:
    item = by_version[entry.version]
    say = MOMENTS.get(type(item.fact))
    words = None if say is None else say(item.fact, item.authid)
    if words is None:
        return None
    return (
        f"{clock(entry.time, entry.time)}: {_corrects(entry, by_version)}{words}{_remarks(entry, by_version)}"
    )


def _corrects(entry: Entry, by_version: dict[int, Recorded[Fact | UnknownFact]]) -> str:
    if entry.corrects is None:
        return ""
    return f"Correction of the entry of {clock(by_version[entry.corrects].time, entry.time)}: "


def _remarks(entry: Entry, by_version: dict[int, Recorded[Fact | UnknownFact]]) -> str:
    corrected = [clock(by_version[version].time, entry.time) for version in entry.corrected_by]
    seen = f" (corrected, see {', '.join(corrected)})" if corrected else ""
    late = f" (written down at {clock(entry.recordedtime, entry.time)})" if entry.reported_late else ""
    return f"{seen}{late}"
