"""Whose names go into readable copies: of those who take part, by the directory's latest word (design 7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from domain.facts import Fact
from domain.people_facts import PersonAdded, PersonChanged
from domain.prose import Prose
from domain.recorded import Recorded, UnknownFact
from projections.placeholder import short
from projections.told import Known

Names = Mapping[str, str]
"""Names of people by their principal ids."""


OURS: Names = {
    "p-admin": "the administrator",
    "p-intake": "the alert intake",
    "p-ledger": "the ledger",
    "p-notifier": "the notifier",
    "p-scheduler": "the scheduler",
}
"""What acts in every ledger and is nobody in the directory."""


def named(fact: object) -> tuple[str, Prose] | None:
    """Return whom a fact of the directory names, and the sealed name; None where it names nobody."""
    if isinstance(fact, PersonAdded | PersonChanged) and fact.name is not None:
        return fact.principal, fact.name
    return None


def names(called: Mapping[str, str], known: Known) -> Names:
    """Return the names that are disclosed; ``called`` is principal -> short commitment of their name."""
    found = ((who, known.get(c)) for who, c in called.items())
    return {**OURS, **{who: name for who, name in found if isinstance(name, str)}}


def called(directory: Iterable[object]) -> dict[str, str]:
    """Return principal -> short commitment of the latest name, of the facts of the directory in order."""
    pairs = (pair for fact in directory if (pair := named(fact)) is not None)
    return {who: short(name.c) for who, name in pairs if name.c is not None}


def taking_part(facts: Iterable[Recorded[Fact | UnknownFact]]) -> frozenset[str]:
    """Return the principals behind the facts of an incident and those named in them."""
    return frozenset(who for item in facts for who in (item.authid, *_principals(item.fact)))


def _principals(value: object) -> Iterator[str]:
    if isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from _principals(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _principals(item)
    elif isinstance(value, str) and value.startswith("p-"):
        yield value
