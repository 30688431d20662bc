"""The names behind principal ids, for readable copies; every reader may know them (R-DIR-01)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable

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


FRESH_S = 60.0
"""How long names are remembered at most, though nothing was recorded: one may have been erased."""


def told_apart(found: Names) -> Names:
    """Return names of which each stands for one person: who shares one keeps the id beside it."""
    shared = {name for name, count in Counter(found.values()).items() if count > 1}
    return {who: f"{name} ({who})" if name in shared else name for who, name in found.items()}


class NameBook:
    """The names of everybody in the directory. Threads may share it."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine, self._clock = engine, clock
        self._known: tuple[int, float, Names] = (-1, 0.0, {})

    def current(self) -> Names:
        """Return the names by principal ids, as far as they open."""
        folded, now = self._engine.people.current(), self._clock()
        version, until, known = self._known
        if version == folded.version and now < until:
            return known
        people = folded.state.people.values()
        opened = opened_texts(self._engine, [person.name for person in people])
        found = told_apart(names({person.principal: short(person.name.c or "") for person in people}, opened))
        self._known = (folded.version, now + FRESH_S, found)
        return found
