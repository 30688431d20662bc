"""What artifacts are rendered from: the facts of one incident, what they lead to, and the policies pinned.

The moment is the recorded time of the last fact, never now: same facts, same bytes (R-ART-01).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import TypeAlias, TypeVar

from msgspec import Struct

from domain.facts import Fact
from domain.gates.criterion import Case
from domain.incident_state import Incident, fold
from domain.policy import Policy
from domain.recorded import Recorded, UnknownFact
from projections.incident_list import Row, after

F = TypeVar("F", bound=Fact)

RecordedFact: TypeAlias = Recorded[Fact | UnknownFact]

Policies: TypeAlias = Callable[[str], Policy]
"""The policy with a SHA-256; raises whatever the caller makes of one that is not there."""


class Rendering(Struct, frozen=True, kw_only=True):
    """One incident at a moment: its ``facts`` until then, also by kind, its ``row`` in the list."""

    facts: tuple[RecordedFact, ...]
    kinds: Mapping[type, tuple[RecordedFact, ...]]
    row: Row
    incident: Incident
    policies: Policies

    @property
    def last(self) -> RecordedFact:
        """The fact as of which everything is rendered."""
        return self.facts[-1]

    @property
    def case(self) -> Case:
        """What gates would judge at that moment; takes the policy in force, which not everybody has."""
        policy = self.policies(self.row.policy_sha256)
        return Case(incident=self.incident, policy=policy, at=self.last.recordedtime)

    def of(self, kind: type[F]) -> tuple[Recorded[F], ...]:
        """Return the facts of one type, in order."""
        return self.kinds.get(kind, ())  # type: ignore[return-value]  # `kinds` is by the type of the fact

    def among(self, *kinds: type[Fact]) -> tuple[RecordedFact, ...]:
        """Return the facts of some types, in order: what folds that look for them read."""
        return tuple(sorted((item for kind in kinds for item in self.of(kind)), key=lambda it: it.version))


def rendering(facts: Sequence[RecordedFact], policies: Policies) -> Rendering | None:
    """Return what artifacts are rendered from, None where ``facts``, those of one stream, open no incident.

    For an earlier version or moment, pass the facts `projections.until` it.
    """
    row = reduce(lambda row, item: after(row, item, 1), facts, _none())
    if row is None:
        return None
    return Rendering(
        facts=tuple(facts), kinds=_by_kind(facts), row=row, incident=fold(facts), policies=policies
    )


def _by_kind(facts: Sequence[RecordedFact]) -> Mapping[type, tuple[RecordedFact, ...]]:
    found: dict[type, list[RecordedFact]] = {}
    for item in facts:
        found.setdefault(type(item.fact), []).append(item)
    return {kind: tuple(items) for kind, items in found.items()}


def _none() -> Row | None:
    return None
