"""A whole incident, fact by fact: an alert on API latency, SEV-1, rolled back to 1.2.3, over in 27 minutes.

Two people work on it, in profile team. Written out by hand and not decided by the rules, so that what is
rendered from it changes with the renderers alone.
"""

from __future__ import annotations

from functools import cache

from domain.classified import Profile
from domain.facts import Fact
from domain.recorded import Recorded, UnknownFact
from tests.support.full.beginning import AGREEING, BEGINNING
from tests.support.full.documenting import DOCUMENTING
from tests.support.full.doing import DOING
from tests.support.full.ending import ENDING
from tests.support.full.planning import PLANNING
from tests.support.full.story import ADMIN, ALICE, BOB, Story

NAMES = {ALICE: "Alice Ng", BOB: "Bob Okafor", ADMIN: "Maria Lindqvist"}
"""Who the people are."""


def full_incident(
    profile: Profile = "team", *, drill: bool = False
) -> tuple[Recorded[Fact | UnknownFact], ...]:
    """Return the facts of the whole incident, up to its closing and its bundle."""
    return tuple(_story(profile, drill=drill).recorded)


@cache
def words() -> dict[str, str | tuple[str, ...]]:
    """Return what was sealed, by the 16 digits of its placeholder."""
    return _story("team", drill=False).seals.words


def _story(profile: Profile, *, drill: bool) -> Story:
    story = Story(profile, drill=drill)
    for clock, who, made in (*BEGINNING, *AGREEING, *PLANNING, *DOING, *ENDING, *DOCUMENTING):
        story.add(clock, who, made)
    return story
