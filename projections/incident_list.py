"""All incidents at a glance: one row each, numbered INC-1, INC-2, … in log order (design 7).

`after` is the step of the fold for one row, so that a follower can keep rows in a table; the whole
list is the same step over a whole log.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeGuard

from msgspec import Struct
from msgspec.structs import replace

from domain.classified import Profile, Severity, Visibility
from domain.crew.facts import CommanderAssigned
from domain.facts import Fact
from domain.flow import standing
from domain.flow.standing import Standing
from domain.flow.transitions import State
from domain.intake.facts import (
    IncidentDeclared,
    IncidentOpened,
    PolicyAdopted,
    SignalAttached,
    SignalCleared,
)
from domain.prose import Prose
from domain.recorded import Recorded, UnknownFact
from domain.severity import assessment
from domain.severity.assessment import Assessment
from domain.severity.facts import SeverityFact
from projections.placeholder import placeholder


class Link(Struct, frozen=True, kw_only=True):
    """An attached alert and the firing of it that counts."""

    alert: str
    signal_id: str
    firing: bool


class Row(Struct, frozen=True, kw_only=True):
    """One incident. ``number`` counts openings in the log, ``version`` is the stream's latest."""

    stream: str
    number: int
    version: int
    standing: Standing
    title: Prose
    environment: str | None
    services: tuple[str, ...]
    drill: bool
    visibility: Visibility
    profile: Profile
    policy_sha256: str
    detected_at: str
    opened_at: str
    declared_at: str | None = None
    commander: str | None = None
    assessment: Assessment = Assessment()
    alerts: tuple[Link, ...] = ()

    @property
    def state(self) -> State:
        """Where it stands (R-TRN)."""
        return self.standing.state

    @property
    def severity(self) -> Severity | None:
        """The severity to show: agreed, or the highest open vote."""
        return assessment.shown(self.assessment)

    @property
    def name(self) -> str:
        """How people call it."""
        return f"INC-{self.number}"

    @property
    def heading(self) -> str:
        """The canonical text of the title."""
        return placeholder(self.title)

    @property
    def firing(self) -> int:
        """How many attached alerts fire."""
        return sum(link.firing for link in self.alerts)

    @property
    def cleared(self) -> int:
        """How many attached alerts ended."""
        return len(self.alerts) - self.firing


def incident_list(recorded: Iterable[Recorded[Fact | UnknownFact]]) -> tuple[Row, ...]:
    """Return the rows of all incidents opened in ``recorded``, by number."""
    rows: dict[str, Row] = {}
    for item in recorded:
        row = after(rows.get(item.stream), item, len(rows) + 1)
        if row is not None:
            rows[item.stream] = row
    return tuple(rows.values())


def after(row: Row | None, item: Recorded[Fact | UnknownFact], number: int) -> Row | None:
    """Return the row of ``item.stream`` after this fact; ``number`` is the next free one.

    None stays None until an incident is opened. A fact that the row has seen changes nothing.
    """
    if row is None:
        return _opened(item, item.fact, number) if isinstance(item.fact, IncidentOpened) else None
    if item.version <= row.version:
        return row
    stands = standing.after(row.standing, item)
    return replace(_changed(row, item), version=item.version, standing=stands)


def holders(rows: Iterable[Row], alert: str) -> tuple[str, ...]:
    """Return the streams in which ``alert`` is attached and fires, however it got there."""
    return tuple(
        row.stream for row in rows if any(link.alert == alert and link.firing for link in row.alerts)
    )


def _opened(item: Recorded[Fact | UnknownFact], fact: IncidentOpened, number: int) -> Row:
    return Row(
        stream=item.stream,
        number=number,
        version=item.version,
        standing=standing.after(Standing(), item),
        title=fact.title,
        environment=fact.environment,
        services=fact.services,
        drill=fact.drill,
        visibility=fact.visibility,
        profile=fact.profile,
        policy_sha256=fact.policy_sha256,
        detected_at=fact.detected_at,
        opened_at=item.recordedtime,
    )


def _changed(row: Row, item: Recorded[Fact | UnknownFact]) -> Row:
    match item.fact:
        case SignalAttached(alert=alert, signal_id=signal_id):
            others = tuple(link for link in row.alerts if link.alert != alert)
            return replace(row, alerts=(*others, Link(alert=alert, signal_id=signal_id, firing=True)))
        case SignalCleared(signal_id=signal_id):
            return replace(row, alerts=tuple(_ended(link, signal_id) for link in row.alerts))
        case IncidentDeclared():
            return replace(row, declared_at=item.recordedtime)
        case CommanderAssigned(principal=commander):
            return replace(row, commander=commander)
        case PolicyAdopted(profile=profile, policy_sha256=policy_sha256):
            return replace(row, profile=profile, policy_sha256=policy_sha256)
        case _:
            return replace(row, assessment=_assessed(row.assessment, item))


def _assessed(state: Assessment, item: Recorded[Fact | UnknownFact]) -> Assessment:
    return assessment.evolve(state, item) if _of_severity(item) else state


def _of_severity(item: Recorded[Fact | UnknownFact]) -> TypeGuard[Recorded[SeverityFact]]:
    return isinstance(item.fact, SeverityFact)


def _ended(link: Link, signal_id: str) -> Link:
    return replace(link, firing=False) if link.signal_id == signal_id else link
