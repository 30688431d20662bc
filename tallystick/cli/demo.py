"""``tallystick demo``: a whole incident in seconds, from the alert to a bundle that is checked."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from application.bundling import made_again
from application.engine import Engine
from application.reading import recorded
from application.views import At, timeline_view
from domain.artifacts import BUNDLE
from domain.gates.facts import GateEvaluated
from domain.gates.table import GATES
from domain.incident_state import NOTHING, Incident
from domain.moment import timestamp
from ledger.note import VerifierKey, parse_vkey
from ledger.store.contract import Row
from tallystick.cli.options import expect_absent
from tallystick.cli.output import say
from tallystick.demo.ending import altered, checked
from tallystick.demo.script import STEPS
from tallystick.demo.stage import DemoClock, Stage
from tallystick.demo.steps import PEOPLE, Step
from tallystick.files import new_file
from tallystick.home import Home
from tallystick.initialise import initialise
from tallystick.settings import load_settings
from tallystick.wiring import open_engine

BEGINS: Final = time(2, 10, tzinfo=UTC)
LOOK_BACK: Final = 12
"""Minutes after the alert: the moment to which the demonstration goes back at its end."""


def demo(
    *,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="A folder that is not there yet.")] = Path(
        "tallystick-demo"
    ),
) -> None:
    """Play a whole incident, and check what it leaves.

    Two people, an alert, a rollback: a drill on the real code, with a clock that the script moves. Its bundle
    is verified, and a copy with one bit changed. The ledger is left in the folder, to be looked at.
    """
    expect_absent(out, "folder")
    out.mkdir(parents=True)
    key = parse_vkey(initialise(Home(out / "home")))
    bundle = out / BUNDLE
    incident = _play(out / "home", bundle)
    _check(bundle, key)
    _tamper(bundle, out / "altered", key, incident)
    say(f"\nAll of it is in {out}. Look around: tallystick timeline INC-1 --home {out / 'home'}")


def _play(home: Path, bundle: Path) -> str:
    """Play the script on the home, write the sealed bundle, and return the incident's stream."""
    settings = load_settings(home=home)
    clock = DemoClock(_yesterday())
    with open_engine(settings, clock=clock) as engine:
        stage = Stage(engine, settings, clock)
        for person in PEOPLE:
            stage.cast(person)
        say("A drill: high latency of an API, SEV-1, rolled back to 1.2.3. Two people, one ledger.\n")
        before = NOTHING
        for step in STEPS:
            rows = stage.play(step)
            before = _tell(step, clock.now, rows, before, stage.state())
        _look_back(engine, stage)
        sealed = stage.state().archive.bundle
        if sealed is None or stage.stream is None:
            raise AssertionError("the script seals a bundle")
        with closing(made_again(engine, stage.stream, sealed.fact)) as staged, new_file(bundle) as file:
            file.writelines(staged.chunks())
    say(f"\nThe bundle, {sealed.fact.size_bytes:,} bytes with all of it, is {bundle}.")
    return stage.stream


def _yesterday() -> datetime:
    return datetime.combine(datetime.now(UTC).date() - timedelta(days=1), BEGINS)


def _tell(step: Step, at: datetime, rows: Iterable[Row], before: Incident, after: Incident) -> Incident:
    """Print a step as people would say it, and what came of it; return the state after it."""
    say(f"{at:%H:%M}  {step.who:<12}  {step.says}")
    facts = [recorded(row).fact for row in rows]
    came = [f"{len(facts)} facts signed" if len(facts) > 1 else "1 fact signed"]
    judged = (fact for fact in facts if isinstance(fact, GateEvaluated))
    came += (f"gate {GATES[fact.gate].number}: {fact.result}" for fact in judged)
    if after.state not in {before.state, "none"}:
        came.append(f"now {after.state.replace('_', ' ')}")
    say(typer.style(f"{'':21}{', '.join(came)}", dim=True))
    return after


def _look_back(engine: Engine, stage: Stage) -> None:
    """Print what was known at a moment in the middle: replay is the only way there is to read."""
    moment = stage.began + timedelta(minutes=LOOK_BACK)
    at = At(time=timestamp(moment))
    found = None if stage.stream is None else timeline_view(engine, stage.stream, at)
    if found is not None:
        say(f"\nAs of {moment:%H:%M} the ledger said, and says for ever:")
        for entry in found.entries[-3:]:
            say(f"  {entry.time[11:16]}  {stage.named(entry.text)}")


def _check(bundle: Path, key: VerifierKey) -> None:
    report = checked(bundle, key)
    say("\nAn auditor verifies it, offline, knowing one key:")
    for step in report.steps:
        if step.checked:
            say(f"  {step.checked:>5,}  {step.title}")
    say(f"  {report.verdict.upper()}")
    if report.exit_code:
        raise typer.Exit(1)


def _tamper(bundle: Path, folder: Path, key: VerifierKey, incident: str) -> None:
    changed = altered(bundle, folder, incident)
    report = checked(folder, key)
    say("\nSomebody changes one bit in a copy, and repairs the checksums:")
    say(f"  byte {changed.offset} of {changed.member}")
    if report.findings:
        found = report.findings[0].first
        say(f"  {found.place}: expected {found.expected}, found {found.found}")
    say(f"  {report.verdict.upper()}")
    if report.verdict != "invalid":
        raise typer.Exit(1)
