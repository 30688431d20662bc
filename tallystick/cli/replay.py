"""``tallystick replay``: an incident as it was at each version, by the code that shows the present."""

from __future__ import annotations

import sys
from collections.abc import Callable

import typer

from application.views import At
from domain.artifacts import TIMELINE
from projections.replay import Glance, ReplayStep
from tallystick.cli.desks import open_desk
from tallystick.cli.differing import said
from tallystick.cli.keypresses import END, ESCAPE, keypresses
from tallystick.cli.moments import past
from tallystick.cli.options import (
    CanonicalOption,
    HomeOption,
    IncidentArgument,
    JsonOption,
    TimeOption,
    VersionOption,
    one_form,
)
from tallystick.cli.output import say, say_json, shown, write
from tallystick.cli.show import say_incident
from tallystick.cli.timeline import say_timeline
from tallystick.desk import Desk

ENTER = ("\r", "\n")
NEXT = ("n", " ", *ENTER, "\x1b[C", "\x1b[B", "\x1bOC", "\x1bOB")
PREVIOUS = ("p", "\x1b[D", "\x1b[A", "\x1bOD", "\x1bOA")
QUIT = ("q", END, ESCAPE)
PROMPT = "n or → next, p or ← previous, g and a version jumps, q quit"


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

    At a version or a recorded time; without either, version by version, with what each fact changed and the
    state after it: on a terminal with the keys n or right (next), p or left (previous), g (jump to a version)
    and q (quit), elsewhere all of them.
    """
    moment = past(at_version, at)
    one_form(canonical=canonical, json=json)
    with open_desk(home) as desk:
        if canonical:
            write(desk.artifact(incident, TIMELINE, moment))
        elif at_version is not None or at is not None:
            _say_past(desk, incident, moment, json=json)
        else:
            _step_through(Tape(desk, incident), json=json)


class Tape:
    """The steps of one incident, fetched in pages as they are looked at."""

    def __init__(self, desk: Desk, name: str) -> None:
        self._desk, self._name = desk, name
        first = desk.replay(name)
        self.versions = first.version
        self._steps = list(first.steps)

    def step(self, version: int) -> ReplayStep:
        """Return the step that made ``version``, which the incident has had."""
        while len(self._steps) < version:
            # As of the version first seen, so that the end does not move while somebody walks.
            page = self._desk.replay(self._name, At(version=self.versions), after=len(self._steps))
            self._steps += page.steps
        return self._steps[version - 1]


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
    """Show one version after another as ``key()`` asks: n next, p previous, g and a number, q quit."""
    version = 1
    while True:
        say_step(tape, version)
        say(PROMPT)
        pressed = key()
        if pressed.lower() in QUIT:
            return
        wanted = _wanted(pressed, version, key)
        version = min(max(wanted, 1), tape.versions)


def _wanted(pressed: str, version: int, key: Callable[[], str]) -> int:
    if pressed in NEXT or pressed.lower() in NEXT:
        return version + 1
    if pressed in PREVIOUS or pressed.lower() in PREVIOUS:
        return version - 1
    return _number(key) or version if pressed.lower() == "g" else version


def _number(key: Callable[[], str]) -> int:
    """Return the number that is typed up to Enter, 0 when it is none."""
    typed = ""
    typer.echo("version ", nl=False)
    while (pressed := key()) not in (*ENTER, *QUIT):
        # A terminal that gives each key at once does not show it.
        typer.echo(pressed if pressed.isprintable() else "", nl=False)
        typed += pressed
    say()
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0


def say_step(tape: Tape, version: int) -> None:
    """Print a version: what was recorded, what it changed, and the state after it."""
    step = tape.step(version)
    late = f"  [recorded {step.recordedtime[:19]}Z]" * step.reported_late
    kind = "" if step.category is None else step.category
    say(f"version {version} of {tape.versions}, {step.time[:10]}")
    say(f"  {step.time[11:19]}Z  {kind:<13} {shown(step.text)}{late}")
    for row in step.changed:
        say(f"     {said(row)}")
    say(f"  -> {shown(state(step.after))}")


def state(now: Glance) -> str:
    """Return where an incident stands, in one line."""
    severity = "" if now.severity is None else now.severity + " (open vote)" * (not now.severity_agreed)
    parts = (
        now.state if now.step is None else f"{now.state} (phase {now.phase}, step {now.step})",
        severity,
        "" if now.halted is None else f"halted: {now.halted}",
        f"commander: {now.commander or 'nobody'}",
        "gates: " + ", ".join(f"{row.number} {row.state}{' (violated)' * row.violated}" for row in now.gates),
        f"alerts: {now.alerts_firing} firing, {now.alerts_cleared} cleared",
    )
    return "; ".join(part for part in parts if part)
