"""What blockers and warnings are found in: an incident at a moment, and who could be asked."""

from __future__ import annotations

from msgspec import Struct

from domain.context import Context, Principal
from domain.gates.criterion import Case
from domain.gates.evaluating import passes
from domain.gates.facts import Gate
from domain.incident_state import Incident
from domain.moment import instant
from domain.notices.audience import recipients
from domain.policy import Policy
from domain.roster import NOBODY, Roster

NO_ONE = Principal(id="p-nobody", type="system")
"""Whoever asks: what blocks an incident blocks everybody."""


class Look(Struct, frozen=True, kw_only=True):
    """An incident as of a recorded time, and the roster of that time."""

    case: Case
    roster: Roster = NOBODY

    @property
    def incident(self) -> Incident:
        """The incident."""
        return self.case.incident

    @property
    def policy(self) -> Policy:
        """The policy it is judged by."""
        return self.case.policy

    @property
    def at(self) -> str:
        """The recorded time."""
        return self.case.at

    @property
    def context(self) -> Context:
        """What the rules want to be told to judge this moment."""
        return Context(principal=NO_ONE, now=instant(self.at), policy=self.policy, roster=self.roster)

    def lets_through(self, gate: Gate) -> bool:
        """Return whether a gate, evaluated at this moment, would let the incident through."""
        return isinstance(passes(self.incident, gate, self.context), tuple)

    def holders(self, *roles: str) -> tuple[str, ...]:
        """Return who holds any of the roles here."""
        found = (who for role in roles for who in recipients(self.incident, self.roster, role))
        return tuple(dict.fromkeys(found))
