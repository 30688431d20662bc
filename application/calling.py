"""How people are called, for pages: names in the places of principal ids, which every reader may know."""

from __future__ import annotations

import re

import msgspec

from application.engine import Engine
from application.names import told_apart
from application.past import opened_texts
from projections.names import Names, names
from projections.placeholder import short

PRINCIPAL = re.compile(r"(?<![\w-])p-[a-z0-9-]+(?![\w-])")
"""A principal's id in a text."""


def called_in(engine: Engine, *views: object) -> Names:
    """Return the names behind the ids that occur in ``views``; two who share one keep their ids beside it."""
    people = engine.people.current().state.people
    there = set(PRINCIPAL.findall(msgspec.json.encode(views).decode()))
    persons = [people[who] for who in sorted(there) if who in people]
    known = opened_texts(engine, [person.name for person in persons])
    return told_apart(names({person.principal: short(person.name.c or "") for person in persons}, known))


def with_names(text: str, found: Names) -> str:
    """Return ``text`` with names in the places of the ids that have one."""
    return PRINCIPAL.sub(lambda match: found.get(match.group(0), match.group(0)), text)
