"""What happened in an incident, in the order in which it happened (R-ART-20, R-WF-35).

A fold over the incident's own stream that reads clear fields and references to sealed text only.
Corrections are entries of their own; the corrected entry stays and says which entry corrects it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from domain.classified import Category
from domain.facts import Fact
from domain.moment import instant
from domain.recorded import Recorded, UnknownFact
from domain.sentences import category, sentence
from domain.timeline.facts import TimelineEntryCorrected, TimelineEntryRecorded
from projections.placeholder import plain

LATE = timedelta(seconds=120)
"""A fact recorded longer than this after it happened is shown as reported late."""


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line: ``text`` is canonical, ``time`` when it happened, ``corrects``/``corrected_by`` versions."""

    position: int
    version: int
    time: str
    recordedtime: str
    type: str
    category: Category
    text: str
    by: str
    reported_late: bool = False
    entry_id: str | None = None
    corrects: int | None = None
    corrected_by: tuple[int, ...] = ()


class Timeline(Struct, frozen=True, kw_only=True):
    """All entries by time, then version; ``unknown`` counts facts of types this program does not know."""

    entries: tuple[Entry, ...] = ()
    unknown: int = 0


def timeline(recorded: Iterable[Recorded[Fact | UnknownFact]]) -> Timeline:
    """Return the timeline of one stream's facts, given in the order of their versions."""
    known: dict[int, Entry] = {}
    by_entry: dict[str, int] = {}
    unknown = 0
    for item in recorded:
        entry = _entry(item)
        if entry is None:
            unknown += 1
            continue
        known[item.version] = entry
        _remember(item, known, by_entry)
    return Timeline(entries=tuple(sorted(known.values(), key=lambda e: (e.time, e.version))), unknown=unknown)


def is_late(time: str, recordedtime: str) -> bool:
    """Return whether what happened at ``time`` was reported late (R-WF-35)."""
    return instant(recordedtime) - instant(time) > LATE


def _entry(item: Recorded[Fact | UnknownFact]) -> Entry | None:
    fact = item.fact
    if isinstance(fact, UnknownFact):
        return None
    return Entry(
        position=item.position,
        version=item.version,
        time=item.time,
        recordedtime=item.recordedtime,
        type=item.type,
        category=category(fact),
        text=plain(sentence(fact, item.authid)),
        by=item.authid,
        reported_late=is_late(item.time, item.recordedtime),
    )


def _remember(item: Recorded[Fact | UnknownFact], known: dict[int, Entry], by_entry: dict[str, int]) -> None:
    """Tie a correction to the entry it corrects, in both directions."""
    match item.fact:
        case TimelineEntryRecorded(entry_id=entry_id):
            by_entry.setdefault(entry_id, item.version)
            known[item.version] = replace(known[item.version], entry_id=entry_id)
        case TimelineEntryCorrected(entry_id=entry_id) if entry_id in by_entry:
            original = by_entry[entry_id]
            earlier = known[original]
            known[original] = replace(earlier, corrected_by=(*earlier.corrected_by, item.version))
            known[item.version] = replace(known[item.version], corrects=original)
        case _:
            pass
