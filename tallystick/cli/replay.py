"""``tallystick replay``: an incident as it was at each version, by the code that shows the present."""

from __future__ import annotations

import sys
from collections.abc import Callable

import msgspec
import typer

from application.views import At, IncidentView
from projections.timeline import Entry
from tallystick.cli.desks import open_desk
from tallystick.cli.keypresses import END, keypresses
from tallystick.cli.moments import past
from tallystick.cli.options import (
    CanonicalOption,
    HomeOption,
    IncidentArgument,
    JsonOption,
    TimeOption,
    VersionOption,
)
from tallystick.cli.output import say, say_json, write
from tallystick.cli.show import say_incident
from tallystick.cli.timeline import line, say_timeline
from tallystick.desk import Desk

ESCAPE = "\x1b"
STEPS = {"n": 1, " ": 1, "\r": 1, "\n": 1, "p": -1}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One version: the entry that made it, if this program knows its type, and the incident afterwards."""

    version: int
    entry: Entry | None
    incident: IncidentView


def replay(
    incident: IncidentArgument,
    *,
    at_version: VersionOption = None,
    at: TimeOption = None,
    canonical: CanonicalOption = False,
    home: HomeOption = None,
    json: JsonOption = False,
) -> None:
    """Show an incident as it was.

    At a version or a recorded time; without either, version by version: on a terminal with the keys n (next),
    p (previous) and q (quit), elsewhere all of them.
    """
    moment = past(at_version, at)
    if canonical and json:
        raise typer.BadParameter("expected one of --canonical and --json, found both", param_hint="--json")
    with open_desk(home) as desk:
        if canonical:
            write(desk.timeline_file(incident, moment))
        elif at_version is not None or at is not None:
            _say_past(desk, incident, moment, json=json)
        else:
            _step_through(Tape(desk, incident), json=json)


class Tape:
    """The versions of one incident, each looked up when it is shown."""

    def __init__(self, desk: Desk, name: str) -> None:
        self._desk, self._name = desk, name
        newest = desk.timeline(name)
        self.versions = newest.version
        self._entries = {entry.version: entry for entry in newest.entries}

    def step(self, version: int) -> Step:
        """Return the step that made ``version``."""
        return Step(
            version=version,
            entry=self._entries.get(version),
            incident=self._desk.incident(self._name, At(version=version)),
        )


def _say_past(desk: Desk, name: str, moment: At, *, json: bool) -> None:
    found, entries = desk.incident(name, moment), desk.timeline(name, moment)
    if json:
        say_json({"incident": found, "timeline": entries})
        return
    say_incident(found)
    say()
    say_timeline(entries)


def _step_through(tape: Tape, *, json: bool) -> None:
    if json:
        say_json([tape.step(version) for version in range(1, tape.versions + 1)])
    elif sys.stdin.isatty() and sys.stdout.isatty():
        with keypresses() as key:
            walk(tape, key)
    else:
        for version in range(1, tape.versions + 1):
            say_step(tape, version)


def walk(tape: Tape, key: Callable[[], str]) -> None:
    """Show one version after another as ``key()`` asks: n next, p previous, q quit."""
    version = 1
    while True:
        say_step(tape, version)
        say("n next, p previous, q quit")
        pressed = key().lower()
        if pressed in ("q", END, ESCAPE):
            return
        version = min(max(version + STEPS.get(pressed, 0), 1), tape.versions)


def say_step(tape: Tape, version: int) -> None:
    """Print a version: what was recorded, and the state after it."""
    step = tape.step(version)
    say(f"version {version} of {tape.versions}")
    say(f"  {'of a type this program does not know' if step.entry is None else line(step.entry)}")
    found = step.incident
    alerts = f"{found.alerts_firing} firing, {found.alerts_cleared} cleared"
    say(f"  -> {found.state}; alerts: {alerts}; recorded until {_recorded(step)}")


def _recorded(step: Step) -> str:
    return "then" if step.entry is None else step.entry.recordedtime
