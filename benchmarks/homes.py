"""Whole ledgers for benchmarks: a home with real keys, filled through the real use cases or in bulk."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from application.engine import Engine
from application.ids import new_id
from application.recording import Decided, Item, Recording, record
from application.steps import run
from domain.context import Principal
from domain.facts import Fact
from domain.intake.facts import IncidentOpened
from domain.prose import prose
from domain.streams import manual_stream
from domain.timeline.facts import TimelineEntryRecorded
from tallystick.home import Home
from tallystick.initialise import initialise
from tallystick.keys import open_log_signer
from tallystick.publishing import build_publisher
from tallystick.settings import Settings, load_settings
from tallystick.wiring import open_engine

PERSON = Principal(id="p-bench", type="user", roles=("incident_commander",))


@contextmanager
def new_home() -> Iterator[Settings]:
    """A fresh home, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir="."))
    try:
        initialise(Home(folder / "home"))
        yield load_settings(home=folder / "home")
    finally:
        shutil.rmtree(folder)


@contextmanager
def filled(events: int, each: int = 100) -> Iterator[tuple[Settings, Engine]]:
    """A ledger of about ``events`` facts in incidents of ``each``, published."""
    with new_home() as settings, open_engine(settings) as engine:
        for _ in range(max(1, events // each)):
            fill_incident(engine, each)
        signer = open_log_signer(settings)
        build_publisher(settings, engine.store, engine.origin, signer).publish()
        yield settings, engine


def fill_incident(engine: Engine, facts: int) -> str:
    """Record one incident of that many facts, sealed and in one request; return its stream."""
    stream, now = manual_stream(new_id()), engine.clock()
    made: list[Fact] = [_opened(engine)]
    made += [entry(i) for i in range(facts - 1)]
    items = tuple(Item(fact=fact, id=new_id(), incident=stream) for fact in made)
    part = Decided(stream=stream, version=0, items=items)
    run(record(engine, Recording(parts=(part,), principal=PERSON, roles=PERSON.roles, now=now)))
    return stream


def _opened(engine: Engine) -> IncidentOpened:
    return IncidentOpened(
        origin="person",
        why="manual",
        title=prose("Checkout answers slowly"),
        services=("checkout",),
        detected_at="2026-11-23T02:10:00.000000Z",
        drill=True,
        visibility="open",
        profile="team",
        policy_sha256=engine.policies["team"],
        environment="production",
    )


def entry(i: int) -> TimelineEntryRecorded:
    return TimelineEntryRecorded(
        entry_id=new_id(), category="note", text=prose(f"Step {i}: moved traffic to region B, errors fall.")
    )
