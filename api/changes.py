"""What was recorded in an incident since somebody looked: told to who came too late (R-WF-31)."""

from __future__ import annotations

from api.problems import Change
from application.engine import Engine
from application.reading import recorded
from domain.recorded import UnknownFact
from domain.sentences import sentence
from projections.placeholder import plain

MOST = 20
"""How many changes are told at most, the oldest first; whoever missed more reads the incident again."""


def changes(engine: Engine, stream: str, version: int) -> tuple[Change, ...]:
    """Return the facts after ``version`` of a stream in words; sealed texts show as placeholders."""
    items = (recorded(row) for row in engine.store.stream_rows(stream, version, MOST))
    return tuple(
        Change(
            version=item.version,
            type=item.type,
            text=item.type if isinstance(item.fact, UnknownFact) else plain(sentence(item.fact, item.authid)),
            by=item.authid,
        )
        for item in items
    )
