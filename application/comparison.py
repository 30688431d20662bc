"""What changed in an incident between two moments: the facts in between, and what differs (R-SVC-08).

Each moment is a portrait, the parts of the incident as their views show them then; what differs is found
by comparing the two as JSON, so a part that a view learns to show is compared without a word here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import to_builtins
from msgspec.structs import replace

from application.engine import Engine
from application.incident_views import Scene, roster_then, scene
from application.past import At, disclosed, opened
from application.views import incident_from
from domain.artifacts import EXECUTION, RCA, RECOVERY, RESOLUTION, SIGNOFF
from projections.artifacts.rendering import rendering
from projections.artifacts.table import BY_NAME
from projections.communication_log import communication_log
from projections.crew_view import crew_view
from projections.decision_log import decision_log
from projections.difference import Difference, differences
from projections.gate_board import gate_board
from projections.placeholder import reveal
from projections.plan_view import plan_view
from projections.severity_history import severity_history
from projections.timeline import Entry, timeline
from projections.told import revealed

PARTS: Mapping[str, Callable[[Scene], msgspec.Struct]] = {
    "crew": lambda then: crew_view(then.case.incident.crew),
    "severity": lambda then: severity_history(then.facts, then.case, then.engine.shelf.get),
    "communications": lambda then: communication_log(then.facts, then.case, roster_then(then)),
    "plan": lambda then: plan_view(then.facts, then.case),
    "decisions": lambda then: decision_log(then.facts, then.case),
    "gates": lambda then: gate_board(then.facts, then.case),
}
"""Part of an incident -> its view; the incident at a glance comes before them."""

SHEETS: Mapping[str, str] = {
    "execution": EXECUTION,
    "recovery": RECOVERY,
    "resolution": RESOLUTION,
    "root_cause": RCA,
    "reviews": SIGNOFF,
}
"""Part of an incident -> the artifact whose data it is."""

UNCOMPARED: Mapping[str, frozenset[str]] = {
    "incident": frozenset({"incident", "number", "version"}),
    "severity": frozenset({"version", "as_of", "severity", "agreed"}),
    "communications": frozenset({"version", "as_of"}),
    "plan": frozenset({"version", "as_of"}),
    "decisions": frozenset({"version", "as_of"}),
    "gates": frozenset({"version", "as_of"}),
}
"""Members that differ between any two moments, or that another part says already."""

NOT_OF_A_GATE = frozenset({"evaluation", "preview", "next_waiver"})
"""The verdict is in its history; what it would give if it were asked is no part of what is."""


class MomentShown(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two moments: the version, and the recorded time at which it is judged."""

    version: int
    as_of: str


class DiffView(msgspec.Struct, frozen=True, kw_only=True):
    """Two moments of an incident: ``facts`` recorded in between by version, ``changes`` by part.

    Asked for backwards, ``before`` is the later one; the facts stay in their order.
    """

    incident: str
    number: str
    before: MomentShown
    after: MomentShown
    facts: tuple[Entry, ...]
    changes: tuple[Difference, ...]


def compare(engine: Engine, stream: str, before: At, after: At) -> DiffView | At:
    """Return what differs between two moments, or the first of them that the incident has not had."""
    first, second = _there(engine, stream, before), _there(engine, stream, after)
    if first is None:
        return before
    if second is None:
        return after
    return DiffView(
        incident=stream,
        number=engine.index.number(stream),
        before=_moment(first),
        after=_moment(second),
        facts=_between(first, second),
        changes=differences(_portrait(first), _portrait(second)),
    )


def _there(engine: Engine, stream: str, at: At) -> Scene | None:
    found = scene(engine, stream, at)
    return None if found is None or _version(found) < (at.version or 0) else found


def _moment(then: Scene) -> MomentShown:
    return MomentShown(version=then.case.incident.version, as_of=then.case.at)


def _between(first: Scene, second: Scene) -> tuple[Entry, ...]:
    early, late = sorted((first, second), key=_version)
    known = disclosed(late.engine, late.facts[_version(early) :])
    found = (entry for entry in timeline(late.facts).entries if entry.version > _version(early))
    return tuple(
        replace(entry, text=reveal(entry.text, known))
        for entry in sorted(found, key=lambda entry: entry.version)
    )


def _version(then: Scene) -> int:
    return then.case.incident.version


def _portrait(then: Scene) -> dict[str, Any]:
    """Return the parts of an incident as plain JSON, with the texts that can be opened."""
    known = opened(then.engine, then.facts)
    glance = incident_from(then.engine, then.stream, then.facts)
    parts = {"incident": glance, **{name: revealed(show(then), known) for name, show in PARTS.items()}}
    compared = {name: _compared(to_builtins(part), name) for name, part in parts.items()}
    return {**compared, **{name: to_builtins(revealed(data, known)) for name, data in _sheets(then)}}


def _sheets(then: Scene) -> Iterator[tuple[str, object]]:
    """Yield the parts that say anything yet."""
    view = rendering(then.facts, then.engine.shelf.get)
    for name, artifact in SHEETS.items():
        content = None if view is None else BY_NAME[artifact].render(view)
        if content is not None:
            yield name, content.data


def _compared(part: dict[str, Any], name: str) -> Any:
    """Return what is compared of a part; the cards of the gates are the part itself."""
    kept = _without(part, UNCOMPARED.get(name, frozenset()))
    return [_without(card, NOT_OF_A_GATE) for card in kept["gates"]] if name == "gates" else kept


def _without(value: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {key: member for key, member in value.items() if key not in names}
