"""One row for each fact type: its sentence, the artifacts it belongs to and the step (R-EVT-01).

The rows stand with their nouns in `domain.wording`; together they are total over `domain.facts.FACTS`,
and a test holds them so.
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.classified import Category
from domain.facts import Fact
from domain.sentence import Row, Sentence
from domain.timeline.facts import TimelineEntryRecorded
from domain.wording import (
    agreeing,
    directory,
    incidents,
    ledger,
    planning,
    recovering,
    resolving,
    signals,
    working,
)

SENTENCES: Mapping[type[Fact], Row] = {
    **signals.ROWS,
    **incidents.ROWS,
    **working.ROWS,
    **agreeing.ROWS,
    **planning.ROWS,
    **recovering.ROWS,
    **resolving.ROWS,
    **directory.ROWS,
    **ledger.ROWS,
}
"""Total over `domain.facts.FACTS`."""


def sentence(fact: Fact, who: str) -> Sentence:
    """Return what ``fact`` says in words, ``who`` being a principal id."""
    return SENTENCES[type(fact)].say(fact, who)


def category(fact: Fact) -> Category:
    """Return the timeline category: the entry's own where a person chose one."""
    return fact.category if isinstance(fact, TimelineEntryRecorded) else SENTENCES[type(fact)].category
