"""An incident step by step, a page at a time, with every text that can be opened (R-SVC-08)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from application.engine import Engine
from application.past import NOW, At, disclosed, past_facts
from projections.placeholder import reveal
from projections.replay import ReplayStep, replay


class ReplayView(msgspec.Struct, frozen=True, kw_only=True):
    """Steps of an incident that has ``version`` of them; ``next`` is the ``after`` of the next page."""

    incident: str
    number: str
    version: int
    steps: tuple[ReplayStep, ...]
    next: int | None


def steps(engine: Engine, stream: str, at: At = NOW, *, after: int = 0, limit: int) -> ReplayView | None:
    """Return at most ``limit`` steps above version ``after``, None where the incident was not yet open."""
    facts = past_facts(engine, stream, at)
    if not facts:
        return None
    version, last = facts[-1].version, min(facts[-1].version, after + limit)
    known = disclosed(engine, facts[after:last])
    return ReplayView(
        incident=stream,
        number=engine.index.number(stream),
        version=version,
        steps=tuple(_revealed(step, known) for step in replay(facts[:last], after=after)),
        next=last if last < version else None,
    )


def _revealed(step: ReplayStep, known: Mapping[str, str]) -> ReplayStep:
    return replace(step, text=reveal(step.text, known))
