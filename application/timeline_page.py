"""A part of a timeline, as people read it: of long ones the newest entries, or those around one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from application.engine import Engine
from application.past import At, opened, past_facts
from application.reading import RecordedFact
from projections.placeholder import mentioned, reveal
from projections.timeline import Entry, timeline

SIZE = 200
"""How many entries a page has."""


class TimelineWanted(Struct, frozen=True, kw_only=True):
    """Which entries: of a ``category``, with a text; page 1 is the newest, or that with version ``show``."""

    category: str | None = None
    find: str | None = None
    page: int = 1
    show: int | None = None


class TimelinePage(Struct, frozen=True, kw_only=True):
    """Entries in their order; ``fitting`` of ``total`` are as wanted. ``told`` are those just recorded."""

    entries: tuple[Entry, ...]
    page: int
    pages: int
    fitting: int
    total: int
    categories: tuple[str, ...]
    unknown: int
    told: tuple[Entry, ...]


def timeline_page(
    engine: Engine, stream: str, at: At, wanted: TimelineWanted, told: range = range(0)
) -> TimelinePage:
    """Return a part of an incident's timeline, with the texts that can be opened in their places."""
    facts = past_facts(engine, stream, at)
    folded = engine.remembered.folded(timeline, stream, facts)
    fitting: Sequence[Entry] = folded.entries
    if wanted.category:
        fitting = [entry for entry in fitting if entry.category == wanted.category]
    if wanted.find:
        # Only now every text is opened: what is looked for may be in any of them.
        fitting = _with(_revealed(engine, facts, fitting), wanted.find)
    pages = max(1, -(-len(fitting) // SIZE))
    page = min(_page_of(fitting, wanted), pages)
    end = len(fitting) - (page - 1) * SIZE
    return TimelinePage(
        entries=_revealed(engine, facts, fitting[max(0, end - SIZE) : end]),
        page=page,
        pages=pages,
        fitting=len(fitting),
        total=len(folded.entries),
        categories=tuple(sorted({entry.category for entry in folded.entries})),
        unknown=folded.unknown,
        told=_revealed(engine, facts, [entry for entry in folded.entries if entry.version in told]),
    )


def _page_of(entries: Sequence[Entry], wanted: TimelineWanted) -> int:
    if wanted.show is None:
        return wanted.page
    after = (len(entries) - 1 - place for place, entry in enumerate(entries) if entry.version == wanted.show)
    return next(after, 0) // SIZE + 1


def _with(entries: Sequence[Entry], find: str) -> list[Entry]:
    sought = find.casefold()
    return [entry for entry in entries if sought in f"{entry.text} {entry.by}".casefold()]


def _revealed(engine: Engine, facts: Sequence[RecordedFact], entries: Sequence[Entry]) -> tuple[Entry, ...]:
    versions = {entry.version for entry in entries}
    wanted = frozenset[str]().union(*(mentioned(entry.text) for entry in entries))
    told = [item for item in facts if item.version in versions] if wanted else []
    known: Mapping[str, str] = {
        c: text for c, text in opened(engine, told, wanted).items() if isinstance(text, str)
    }
    return tuple(msgspec.structs.replace(entry, text=reveal(entry.text, known)) for entry in entries)
