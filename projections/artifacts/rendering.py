"""What artifacts are rendered from: the facts of one incident, what they lead to, and the policies pinned.

The moment is the recorded time of the last fact, never now: same facts, same bytes (R-ART-01).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import TypeAlias

from msgspec import Struct

from domain.facts import Fact
from domain.gates.criterion import Case
from domain.incident_state import Incident, fold
from domain.policy import Policy
from domain.recorded import Recorded, UnknownFact
from projections.incident_list import Row, after

RecordedFact: TypeAlias = Recorded[Fact | UnknownFact]

Policies: TypeAlias = Callable[[str], Policy]
"""The policy with a SHA-256; raises whatever the caller makes of one that is not there."""


class Rendering(Struct, frozen=True, kw_only=True):
    """One incident at a moment: its ``facts`` until then, its ``row`` in the list, and its state."""

    facts: tuple[RecordedFact, ...]
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


def rendering(facts: Sequence[RecordedFact], policies: Policies) -> Rendering | None:
    """Return what artifacts are rendered from, None where ``facts``, those of one stream, open no incident.

    For an earlier version or moment, pass the facts `projections.until` it.
    """
    row = reduce(lambda row, item: after(row, item, 1), facts, _none())
    if row is None:
        return None
    return Rendering(facts=tuple(facts), row=row, incident=fold(facts), policies=policies)


def _none() -> Row | None:
    return None
