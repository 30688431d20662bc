"""When the agreed severity rose: what was approved for the lesser one is void (R-GATE-24)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeGuard

from domain.facts import Fact
from domain.recorded import Stamped, UnknownFact
from domain.severity.assessment import Assessment, evolve
from domain.severity.facts import SeverityFact


def upgrades(facts: Iterable[Stamped[Fact | UnknownFact]]) -> Iterator[Stamped[SeverityFact]]:
    """Yield each consensus that was more severe than the one before."""
    known = Assessment()
    for item in facts:
        if of_severity(item):
            after = evolve(known, item)
            if after.upgraded != known.upgraded:
                yield item
            known = after


def of_severity(item: Stamped[Fact | UnknownFact]) -> TypeGuard[Stamped[SeverityFact]]:
    """Return whether a fact is about severity or scope."""
    return isinstance(item.fact, SeverityFact)
