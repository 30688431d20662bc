"""The protocol as this program carries it out, from the very tables that decide (R-GLO-01)."""

from __future__ import annotations

from typing import get_args

from msgspec import Struct

from domain.actions import TABLE
from domain.authority import AUTHORITY
from domain.facts import NAMES
from domain.flow.steps import STEPS, Need
from domain.flow.transitions import BY_FACT, PLACES, TRANSITIONS, State
from domain.gates.facts import Gate, Level, Operator, Unit
from domain.gates.table import GATES
from domain.people_facts import PersonKind
from domain.protocol import IDENTITY, Identity
from domain.role_names import ROLES


class ProtocolRole(Struct, frozen=True, kw_only=True):
    """A role and what it stands for."""

    role: str
    kind: PersonKind
    about: str


class ProtocolState(Struct, frozen=True, kw_only=True):
    """A state of an incident; one without a step is an end."""

    state: State
    phase: int | None
    step: str | None
    before: State | None


class ProtocolStep(Struct, frozen=True, kw_only=True):
    """A step of the protocol."""

    step: str
    phase: int
    title: str
    need: Need
    announcement: str
    halt_codes: tuple[str, ...]


class ProtocolTransition(Struct, frozen=True, kw_only=True):
    """A transition: one fact makes it, or the evidence that it needs; from any state where none is named."""

    source: State | None
    target: State
    requirement: str | None
    needs: tuple[str, ...]
    fact: str | None


class ProtocolCriterion(Struct, frozen=True, kw_only=True):
    """A criterion of a gate; its threshold is the policy's."""

    id: str
    level: Level
    op: Operator
    unit: Unit
    remedy: str
    owner: str
    cosigned_by: str | None


class ProtocolGate(Struct, frozen=True, kw_only=True):
    """A gate; nobody can waive one that is hard."""

    gate: Gate
    number: int
    title: str
    guards: str
    hard: bool
    criteria: tuple[ProtocolCriterion, ...]


class ProtocolAction(Struct, frozen=True, kw_only=True):
    """An action: in which states it has its place, and which roles may ask for it."""

    action: str
    states: tuple[State, ...]
    roles: tuple[str, ...]


class ProtocolView(Struct, frozen=True, kw_only=True):
    """The whole protocol."""

    protocol: Identity
    roles: tuple[ProtocolRole, ...]
    states: tuple[ProtocolState, ...]
    steps: tuple[ProtocolStep, ...]
    transitions: tuple[ProtocolTransition, ...]
    gates: tuple[ProtocolGate, ...]
    actions: tuple[ProtocolAction, ...]


def protocol_view() -> ProtocolView:
    """Return the protocol."""
    return ProtocolView(
        protocol=IDENTITY,
        roles=tuple(ProtocolRole(role=role, kind=row.kind, about=row.about) for role, row in ROLES.items()),
        states=tuple(map(_state, get_args(State))),
        steps=tuple(map(_step, STEPS)),
        transitions=(*_by_fact(), *_by_evidence()),
        gates=tuple(map(_gate, GATES)),
        actions=tuple(map(_action, TABLE)),
    )


def _state(state: State) -> ProtocolState:
    place = PLACES.get(state)
    if place is None:
        return ProtocolState(state=state, phase=None, step=None, before=None)
    return ProtocolState(state=state, phase=place.phase, step=place.step, before=place.before)


def _step(step: str) -> ProtocolStep:
    row = STEPS[step]
    return ProtocolStep(
        step=step,
        phase=int(step[0]),
        title=row.title,
        need=row.need,
        announcement=row.announcement,
        halt_codes=row.halt_codes,
    )


def _by_fact() -> tuple[ProtocolTransition, ...]:
    return tuple(
        ProtocolTransition(source=None, target=target, requirement=None, needs=(), fact=NAMES[kind])
        for kind, target in BY_FACT.items()
    )


def _by_evidence() -> tuple[ProtocolTransition, ...]:
    return tuple(
        ProtocolTransition(
            source=row.source, target=row.target, requirement=row.id, needs=row.needs, fact=None
        )
        for row in TRANSITIONS
    )


def _gate(gate: Gate) -> ProtocolGate:
    row = GATES[gate]
    return ProtocolGate(
        gate=gate,
        number=row.number,
        title=row.title,
        guards=row.guards,
        hard=row.hard,
        criteria=tuple(
            ProtocolCriterion(
                id=criterion.id,
                level=criterion.level,
                op=criterion.op,
                unit=criterion.unit,
                remedy=criterion.remedy,
                owner=criterion.owner,
                cosigned_by=criterion.cosigned_by,
            )
            for criterion in row.criteria
        ),
    )


def _action(action: str) -> ProtocolAction:
    states = TABLE[action].states
    return ProtocolAction(
        action=action,
        states=tuple(state for state in get_args(State) if state in states),
        roles=AUTHORITY[action],
    )
