"""What a metric is measured from, and what comes of it (R-WF-35)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, TypeVar

from msgspec import Struct

from domain.facts import Fact
from domain.flow.transitions import State
from domain.incident_state import NOTHING, Incident, seen
from domain.moment import milliseconds
from domain.policy import Policy
from domain.ratio import Ratio
from domain.recorded import Stamped, UnknownFact
from projections.timeline import is_late

F = TypeVar("F")

Unit = Literal["seconds", "count", "ratio"]


class Chronicle(Struct, frozen=True):
    """One incident as of recorded time ``at``: its facts, where it stood after each, what they lead to."""

    facts: tuple[Stamped[Fact | UnknownFact], ...]
    states: tuple[State, ...]
    incident: Incident
    policy: Policy
    at: str

    def all(self, kind: type[F]) -> Iterator[tuple[Point, F]]:
        """Yield the facts of one type, each with when it was."""
        for item in self.facts:
            if isinstance(item.fact, kind):
                yield Point(item.time, item.recordedtime), item.fact


class Point(Struct, frozen=True):
    """When something happened as people stated it, and when it was recorded."""

    stated: str
    recorded: str

    @property
    def late(self) -> bool:
        """Whether it was reported late."""
        return is_late(self.stated, self.recorded)


class Sample(Struct, frozen=True, kw_only=True):
    """What one incident measured: by the times as stated, and by the times of recording.

    Spans of time are whole milliseconds. ``late`` when it rests on a fact that was reported late.
    """

    raw: Ratio
    recorded: Ratio
    late: bool = False


def chronicle(
    facts: Iterable[Stamped[Fact | UnknownFact]], policies: Callable[[str], Policy], at: str
) -> Chronicle:
    """Return the chronicle of an incident that was opened, under the policy in force in the end."""
    items, states, state = tuple(facts), [], NOTHING
    for item in items:
        state = seen(state, item)
        states.append(state.state)
    if state.intake.policy_sha256 is None:
        raise ValueError("chronicle: expected an incident that was opened, found none")
    return Chronicle(items, tuple(states), state, policies(state.intake.policy_sha256), at)


Measure = Callable[[Chronicle], Sample | None]
"""What is measured of an incident; None where there is nothing to measure."""


class Metric(Struct, frozen=True, kw_only=True):
    """One row: ``formula`` says in words what ``measure`` does.

    ``undeclared`` marks what is measured of incidents, too, that were never declared.
    """

    id: str
    title: str
    unit: Unit
    formula: str
    measure: Measure
    undeclared: bool = False


def machine(time: str) -> Point:
    """Return when a machine with a clock of its own says that something happened: no report of it is late."""
    return Point(time, time)


def span(start: Point | None, end: Point | None) -> Sample | None:
    """Return the time between two points, 0 where the order is reversed; None unless there are both."""
    if start is None or end is None:
        return None
    return Sample(
        raw=Ratio(milliseconds(start.stated, end.stated)),
        recorded=Ratio(milliseconds(start.recorded, end.recorded)),
        late=start.late or end.late,
    )


def exactly(num: int, den: int = 1) -> Sample | None:
    """Return a number that no clock has a part in, None for a share of nothing."""
    return Sample(raw=Ratio(num, den), recorded=Ratio(num, den)) if den else None
