"""The ledger of the story: who recorded what, when, in the order of the facts; sealed reproducibly."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from domain.classified import Profile
from domain.facts import Fact, happened_at, type_name
from domain.planning.facts import MitigationPlanProposed
from domain.prose import Prose
from domain.recorded import Recorded, UnknownFact
from tests.support.meaning import STREAM, Seals, fresh_id

ALICE, BOB, ADMIN = "p-alice", "p-bob", "p-admin"
INTAKE, NOTIFIER = "p-intake", "p-notifier"
PROGRAMS = frozenset({INTAKE, NOTIFIER})
LATENCY_ALERT = "alert-0123456789abcdef0123456789abcdef"
ERRORS_ALERT = "alert-00112233445566778899aabbccddeeff"
GOOD_UNTIL = "2026-03-02T02:16:00.000000Z"
GRANTED_AT = "2025-11-03T09:00:00.000000Z"
DECISION = fresh_id(40)

Made = Fact | Callable[["Story"], Fact]
"""A fact, or how to make it of what was recorded before."""

Step = tuple[str, str, Made]
"""When it was recorded, on 1 March 2026, by whom, and what."""


class Words(Seals):
    """Remembers lists as lists."""

    def __init__(self) -> None:
        super().__init__()
        self.words: dict[str, str | tuple[str, ...]] = {}

    def seal(self, text: Prose) -> Prose:
        """Return the sealed form of ``text``."""
        sealed = super().seal(text)
        if sealed.c is not None and not text.is_reference:
            said: Any = text.clear
            self.words[sealed.c[:16]] = tuple(said) if isinstance(said, list) else said
        return sealed


class Story:
    """The facts so far, sealed and recorded."""

    def __init__(self, profile: Profile, *, drill: bool) -> None:
        self.profile, self.drill = profile, drill
        self.recorded: list[Recorded[Fact | UnknownFact]] = []
        self.seals = Words()

    @property
    def version(self) -> int:
        """How many facts there are."""
        return len(self.recorded)

    def plan(self) -> MitigationPlanProposed:
        """Return the plan, sealed."""
        return next(i.fact for i in self.recorded if isinstance(i.fact, MitigationPlanProposed))

    def add(self, clock: str, who: str, made: Made) -> None:
        """Record a fact."""
        fact = self.seals.fact(made(self) if callable(made) else made)
        number = self.version + 1
        moment = at(clock)
        self.recorded.append(
            Recorded(
                fact=fact,
                type=type_name(fact),
                position=20 + 3 * number,
                stream=STREAM,
                version=number,
                leaf=hashlib.sha256(f"full {number}".encode()).hexdigest(),
                id=fresh_id(2000 + number),
                time=happened_at(fact) or moment,
                recordedtime=moment,
                authtype="service_account" if who in PROGRAMS else "user",
                authid=who,
            )
        )


def at(clock: str) -> str:
    """Return a time of 1 March 2026 as facts state it."""
    return f"2026-03-01T{clock}.000000Z"
