"""An incident step by step: each fact in words, and where it left the incident (R-SVC-08).

Every step is judged as of its own recorded time and by the policy that was in force then, so a step never
changes after it was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from domain.classified import Category, Profile, Severity
from domain.facts import Fact
from domain.flow.transitions import PLACES, State
from domain.gates.board import GateState, lights
from domain.gates.facts import Gate
from domain.gates.table import GATES
from domain.incident_state import NOTHING, Incident, seen
from domain.intake.facts import SignalAttached, SignalCleared
from domain.recorded import Recorded, UnknownFact
from domain.sentences import category, sentence
from domain.severity.assessment import shown
from projections.difference import Difference, differences
from projections.placeholder import plain
from projections.timeline import is_late

UNKNOWN = "of a type that this program does not know"


class GateLight(Struct, frozen=True, kw_only=True):
    """A gate in one word; ``violated`` once something ran that it had not let through."""

    gate: Gate
    number: int
    state: GateState
    violated: bool


class Glance(Struct, frozen=True, kw_only=True):
    """Where an incident stands after a fact, and the policy by which it is judged then."""

    state: State
    phase: int | None
    step: str | None
    severity: Severity | None
    severity_agreed: bool
    commander: str | None
    halted: str | None
    alerts_firing: int
    alerts_cleared: int
    profile: Profile
    policy_sha256: str | None
    gates: tuple[GateLight, ...]


class ReplayStep(Struct, frozen=True, kw_only=True):
    """One version: the fact in words, what it changed, and where the incident stands after it.

    ``category`` is null for a fact whose type this program does not know.
    """

    position: int
    version: int
    time: str
    recordedtime: str
    type: str
    category: Category | None
    text: str
    by: str
    reported_late: bool
    changed: tuple[Difference, ...]
    after: Glance


class _Film(Struct, frozen=True, kw_only=True):
    """The incident so far; alerts are counted as they come: counting them anew would cost a square."""

    incident: Incident = NOTHING
    alerts: int = 0
    firing: int = 0


def replay(recorded: Iterable[Recorded[Fact | UnknownFact]], *, after: int = 0) -> Iterator[ReplayStep]:
    """Yield the steps above version ``after`` of one stream's facts, given in the order of their versions."""
    film, before = _Film(), _glance(_Film(), "")
    for item in recorded:
        film = _next(film, item)
        if item.version >= after:
            now = _glance(film, item.recordedtime)
            if item.version > after:
                yield _step(item, before, now)
            before = now


def _next(film: _Film, item: Recorded[Fact | UnknownFact]) -> _Film:
    state = seen(film.incident, item)
    if not isinstance(item.fact, SignalAttached | SignalCleared):
        return replace(film, incident=state)
    old, new = film.incident.intake.alerts.get(item.fact.alert), state.intake.alerts.get(item.fact.alert)
    fired, fires = old is not None and old.firing, new is not None and new.firing
    added = old is None and new is not None
    return _Film(incident=state, alerts=film.alerts + added, firing=film.firing + fires - fired)


def _glance(film: _Film, at: str) -> Glance:
    incident = film.incident
    place = PLACES.get(incident.state)
    return Glance(
        state=incident.state,
        phase=None if place is None else place.phase,
        step=None if place is None else place.step,
        severity=shown(incident.severity),
        severity_agreed=incident.severity.agreed is not None,
        commander=None if incident.crew.commander is None else incident.crew.commander.principal,
        halted=incident.standing.halted,
        alerts_firing=film.firing,
        alerts_cleared=film.alerts - film.firing,
        profile=incident.intake.profile,
        policy_sha256=incident.intake.policy_sha256,
        gates=tuple(
            GateLight(gate=gate, number=GATES[gate].number, state=light.state, violated=light.violated)
            for gate, light in lights(incident, at).items()
        ),
    )


def _step(item: Recorded[Fact | UnknownFact], before: Glance, now: Glance) -> ReplayStep:
    fact = item.fact
    unknown = isinstance(fact, UnknownFact)
    return ReplayStep(
        position=item.position,
        version=item.version,
        time=item.time,
        recordedtime=item.recordedtime,
        type=item.type,
        category=None if isinstance(fact, UnknownFact) else category(fact),
        text=UNKNOWN if isinstance(fact, UnknownFact) else plain(sentence(fact, item.authid)),
        by=item.authid,
        reported_late=not unknown and is_late(item.time, item.recordedtime),
        changed=differences(before, now),
        after=now,
    )
