"""The state once facts are recorded that are still to be recorded."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce

from domain.context import Context
from domain.facts import happened_at
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident, evolve
from domain.recorded import Pending
from domain.recorded_at import recorded_at


def after(state: Incident, facts: Iterable[IncidentFact], context: Context) -> Incident:
    """Return the state once ``facts`` are recorded: as of the time that their record will carry."""
    at = recorded_at(state, context)

    def recorded(state: Incident, fact: IncidentFact) -> Incident:
        pending = Pending(
            fact=fact,
            version=state.version + 1,
            authid=context.principal.id,
            time=happened_at(fact) or at,
            recordedtime=at,
        )
        return evolve(state, pending)

    return reduce(recorded, facts, state)
