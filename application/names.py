"""The names behind principal ids, for readable copies; every reader may know them (R-DIR-01)."""

from __future__ import annotations

from collections.abc import Iterable

from application.engine import Engine
from application.past import opened_texts
from application.reading import RecordedFact
from projections.names import Names, names, taking_part
from projections.placeholder import short


def names_in(engine: Engine, facts: Iterable[RecordedFact]) -> Names:
    """Return the names of those who take part in an incident with these ``facts``, as far as they open."""
    people = engine.people.current().state.people
    part = [people[who] for who in sorted(taking_part(facts)) if who in people]
    known = opened_texts(engine, [person.name for person in part])
    return names({person.principal: short(person.name.c or "") for person in part}, known)
