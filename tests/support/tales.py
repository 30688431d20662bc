"""Incidents told to their end: what people do after a mitigation was begun, and the export of it, verified.

A `Tale` is one incident with its alert, told by the usual people on a clock that moves with them. Each method
is a stretch of the way on which everything goes well; a story that differs does its own requests in between.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Self

from domain.rootcause.facts import EvidenceKind
from tests.support.exported import Exported, exported
from tests.support.stories import ALL_ROLES, CHECKS, SEEN_WELL, Cast, Done, Person, Story, World, in_process
from tests.support.use_cases import SteppingClock

IMPACT = "For 27 minutes a third of the payments failed; none was lost."
NEXT = "The pool is bounded with the next release."
LOG = b"02:09:58 pool exhausted: 200 of 200 connections in use\n"
FACTOR = "Every retry opens a connection of its own"
OVER: dict[str, Any] = {"kind": "rollback", "summary": "It answers in time again."}


def checks(*failing: str) -> list[dict[str, Any]]:
    """Return every required check, all passing but those named."""
    return [{"check": name, "result": "fail" if name in failing else "pass"} for name in CHECKS]


class Stage(NamedTuple):
    """A world, its clock, and the people in it."""

    world: World
    clock: SteppingClock
    cast: Cast

    def tell(self, reached: str = "detecting") -> Tale:
        """Return a new incident that stands at ``reached``."""
        return Tale(self.world.story(), self.cast, reached)


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """A world in this process; at its end all that was told in it holds offline as well."""
    with in_process(folder / "home", stepping=True) as world:
        assert world.clock is not None
        yield Stage(world, world.clock, world.cast())
        world.finish()


class Tale:
    """One incident, from an alert that begins to fire now."""

    def __init__(self, story: Story, cast: Cast, reached: str) -> None:
        assert story.world.clock is not None
        self.story, self.cast, self.clock = story, cast, story.world.clock
        self.group = story.world.another("group")
        self.began = self.clock.now
        self.incident = story.fires(self.group, starts_at=stamp(self.began))
        self.incident.until(reached, cast)

    @property
    def state(self) -> str:
        """Where the incident stands."""
        return self.incident.state

    def do(self, who: Person, action: str, /, **fields: Any) -> Done:
        """Return what an action recorded; half a minute passes before it."""
        self.clock.forward(seconds=30)
        return self.incident.do(who, action, **fields)

    def at(self, minutes: float, who: Person, action: str, /, **fields: Any) -> Done:
        """Return what an action recorded so many minutes after the alert began to fire."""
        self.clock.now = self.began + timedelta(minutes=minutes)
        return self.incident.do(who, action, **fields)

    def light(self, gate: str) -> str:
        """Return what a gate shows now."""
        path = f"/v1/incidents/{self.incident.stream}/gates"
        cards = self.story.world.ask(self.cast.carol, "GET", path).json["gates"]
        return str(next(card["state"] for card in cards if card["gate"] == gate))

    def refused(self, who: Person, action: str, code: str, /, **fields: Any) -> Any:
        """Return the problem that an action meets."""
        return self.incident.refused(who, action, code, **fields)

    def fires_again(self) -> datetime:
        """Have the alert begin to fire once more; return when."""
        self.began = self.clock.now
        self.story.delivered(self.group, starts_at=stamp(self.began))
        return self.began

    def ends(self) -> None:
        """Have the alert end now."""
        ended = stamp(self.clock.now)
        self.story.delivered(self.group, status="resolved", starts_at=stamp(self.began), endsAt=ended)

    def executed(self) -> Self:
        """Have the one approved command run."""
        self.do(self.cast.alice, "record-command", exit_code=0, duration_ms=231_000, host="deploy-1")
        return self

    def recovered(self) -> Self:
        """Have the command run, every check pass, and the alert end."""
        self.executed().do(self.cast.bob, "record-checks", checks=checks())
        assert self.state == "confirming_resolution"
        self.ends()
        return self

    def watched(self, minutes: float = 31) -> Done:
        """Return what people see once the service was left alone for so long."""
        self.clock.forward(minutes=minutes)
        return self.do(self.cast.alice, "verify-restoration", **SEEN_WELL)

    def settled(self, **over: Any) -> Self:
        """Have the service watched, everybody told, and the end confirmed."""
        self.watched()
        self.told("resolution")
        self.do(self.cast.alice, "confirm-resolution", **{**OVER, **over})
        assert self.state == "capturing_rca"
        return self

    def told(self, purpose: str = "initial") -> None:
        """Have everybody told whom the policy names."""
        self.do(self.cast.alice, "attest-notice", roles=ALL_ROLES, channel="meeting", purpose=purpose)

    def captured(self) -> Self:
        """Have a file, a text and an address captured as evidence, and a finding on them."""
        log = self.story.upload(self.cast.bob, self.incident, LOG)
        self.keep("log", "Log of the payment workers", blob=log, critical=True)
        self.keep("contributing_factor", FACTOR, content="Three retries a request, none of them closed.")
        self.keep("diff", "Change to the pool in 1.2.4", content="- pool.connection()\n+ pool.connect()")
        finding = "Release 1.2.4 opens a connection for each retry and closes none."
        self.do(
            self.cast.bob,
            "record-finding",
            statement=finding,
            category="code_defect",
            evidence=["ev1", "ev2", "ev3"],
        )
        return self

    def keep(self, kind: EvidenceKind, title: str, **fields: Any) -> Done:
        """Have a piece of evidence captured."""
        return self.do(self.cast.bob, "capture-evidence", kind=kind, title=title, **fields)

    def documented(self) -> Self:
        """Have the evidence archived, and the report written and completed."""
        self.do(self.cast.alice, "archive-evidence", rationale="Nothing else was asked for.")
        self.do(self.cast.bob, "action-item", title="Alert on the pool before customers notice.")
        texts = [{"name": "impact", "text": IMPACT}, {"name": "next_steps", "text": NEXT}]
        self.do(self.cast.alice, "write-report", status="draft", sections=texts)
        self.completed()
        assert self.state == "documented"
        return self

    def completed(self) -> Done:
        """Return what the completed report led to."""
        return self.do(self.cast.alice, "write-report", status="complete")

    def reviewed(self) -> Self:
        """Have the manifest sealed and approved by two people."""
        self.do(self.cast.alice, "seal", what="manifest")
        self.covered()
        for who in (self.cast.alice, self.cast.bob):
            self.do(who, "review", verdict="approved", rationale="It says what happened.")
        return self

    def covered(self) -> None:
        """Have Bob review in the place of a performance engineer, whom nobody is."""
        covers = {"role": "performance_engineer", "by": self.cast.bob.id}
        self.do(self.cast.alice, "cover-role", rationale="Bob knows the numbers.", **covers)

    def closed(self) -> Self:
        """Have it closed, and the final manifest and the bundle sealed."""
        self.do(self.cast.alice, "close", rationale="Restored, documented and reviewed.")
        assert self.state == "closed"
        self.sealed()
        return self

    def sealed(self) -> None:
        """Have the final manifest and the bundle sealed."""
        for what in ("manifest", "bundle"):
            self.do(self.cast.alice, "seal", what=what)

    def to_the_end(self, **over: Any) -> Self:
        """Go from a recovery that gate 3 let through to the sealed archive."""
        return self.settled(**over).captured().documented().reviewed().closed()

    def approved(self, revision: int = 1) -> Self:
        """Have a revision of the plan approved by those who must, and its execution started."""
        for who in (self.cast.alice, self.cast.bob):
            self.do(who, "approve", revision=revision, rationale="It has to be done.")
        self.do(self.cast.alice, "start-execution")
        assert self.state == "executing"
        return self

    def export(self, **query: Any) -> Exported:
        """Return the export of the incident as it stands, which an auditor accepted."""
        return exported(self.incident, **query)


def stamp(moment: datetime) -> str:
    """Return a moment as Alertmanager writes it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}"
