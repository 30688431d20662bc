"""The use cases on a real ledger in a home of its own: no HTTP, no threads of its own, a clock to move."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from application.acting import ActRequest, Outcome, act
from application.artifact_files import artifact_file
from application.engine import Engine
from application.intake import Intake
from application.past import NOW as PRESENT
from application.past import At
from application.reading import RecordedFact, recorded, stream_facts
from application.repeating import Idempotency
from application.steps import run
from consumers.alertmanager import fingerprint
from consumers.webhook import SOURCES
from domain.artifacts import TIMELINE
from domain.commands import Command
from domain.context import Principal
from domain.intake.commands import DeclareIncident, OpenIncident
from domain.streams import alert_stream
from domain.timeline.commands import AddTimelineEntry, CorrectTimelineEntry
from domain.timeline.facts import TimelineEntryRecorded
from ledger.append import AppendRequest, Draft, Part, Receipt
from tallystick.home import Home
from tallystick.initialise import initialise
from tallystick.keys import open_log_signer
from tallystick.publishing import build_publisher
from tallystick.settings import load_settings
from tallystick.wiring import open_engine
from tests.support.meaning import COMMANDER, INTAKE

START = "2026-03-01T02:10:00.123456789Z"
LATER = "2026-03-01T04:00:00Z"
END = "2026-03-01T02:30:00Z"
NEVER = "0001-01-01T00:00:00Z"
DECLARE = DeclareIncident(rationale="Error rate above 20 %, confirmed by hand.")
OPEN = OpenIncident(title="Checkout answers slowly", environment="production", services=("checkout",))
HEADERS = {"Content-Type": "application/json", "User-Agent": "Alertmanager/0.25.0"}


class SteppingClock:
    """A clock that only moves when a test says so, or by a microsecond a reading."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 2, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tallystick-home-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    initialise(Home(folder / "home"))
    return folder / "home"


def make_home(path: Path) -> Path:
    """Return ``path``, now a home as `init` leaves it; the homes of one process share origin and keys."""
    if not path.exists():
        shutil.copytree(_template(), path)
    return path


@contextmanager
def open_home(path: Path, clock: SteppingClock | None = None, **options: Any) -> Iterator[Engine]:
    """The ledger in the home at ``path``, made if it is not there; every clock of it is ``clock``."""
    settings = load_settings(home=make_home(path))
    if clock is None:
        with open_engine(settings, **options) as engine:
            yield engine
        return
    with patch("tallystick.wiring.system_clock", clock), open_engine(settings, **options) as engine:
        yield engine


def publish(engine: Engine, home: Path) -> None:
    """Publish what is committed, as the publisher's thread would."""
    settings = load_settings(home=home)
    build_publisher(
        settings, engine.store, engine.origin, open_log_signer(settings), published=engine.published
    ).publish()


def an_alert(
    status: str = "firing", starts_at: str = START, *, ends_at: str = END, pod: str = "a", **fields: Any
) -> dict[str, Any]:
    """Return an alert as Alertmanager writes it; ``pod`` tells conditions of one service apart."""
    labels = {"alertname": "HighLatency", "service": "checkout", "environment": "production", "pod": pod}
    return {
        "status": status,
        "labels": labels,
        "annotations": {"summary": "p99 above 2 s"},
        "startsAt": starts_at,
        "endsAt": NEVER if status == "firing" else ends_at,
        **fields,
    }


def resolved(starts_at: str = START, **fields: Any) -> dict[str, Any]:
    """Return the end of an alert."""
    return an_alert("resolved", starts_at, **fields)


def stream_of(alert: Mapping[str, Any]) -> str:
    """Return the stream of an alert."""
    return alert_stream("alertmanager", fingerprint(alert["labels"].items()))


def message(*alerts: Mapping[str, Any], **fields: Any) -> bytes:
    """Return the body of a delivery."""
    return json.dumps({"version": "4", "groupKey": "demo", "alerts": alerts, **fields}).encode()


def deliver(
    engine: Engine,
    *alerts: Mapping[str, Any],
    body: bytes | None = None,
    headers: Mapping[str, str] = HEADERS,
    principal: Principal = INTAKE,
    **fields: Any,
) -> Intake:
    """Deliver alerts, or ``body`` as it is, and return what became of it."""
    content = message(*alerts, **fields) if body is None else body
    return run(SOURCES["alertmanager"](engine, content, headers, principal))


def request(
    command: Command,
    stream: str | None = None,
    *,
    key: str | None = None,
    body: bytes = b"1" * 32,
    principal: Principal = COMMANDER,
    expected: int | None = None,
) -> ActRequest:
    """Return a request; with ``key`` one that may be repeated."""
    idempotency = None if key is None else Idempotency(key, body)
    return ActRequest(
        command=command, stream=stream, principal=principal, expected=expected, idempotency=idempotency
    )


def ask(engine: Engine, command: Command, stream: str | None = None, **options: Any) -> Outcome:
    """Return what becomes of a command."""
    return run(act(engine, request(command, stream, **options)))


def do(engine: Engine, command: Command, stream: str | None = None, **options: Any) -> Receipt:
    """Return the receipt of a command that the rules allow."""
    outcome = ask(engine, command, stream, **options)
    assert isinstance(outcome, Receipt), outcome
    return outcome


def open_one(engine: Engine, command: OpenIncident = OPEN, **options: Any) -> str:
    """Open an incident by hand and return its stream."""
    return do(engine, command, **options).rows[0].stream


def note(text: str = "Traffic moved to region B.") -> AddTimelineEntry:
    """Return a timeline entry."""
    return AddTimelineEntry(text=text)


def history(engine: Engine, stream: str) -> tuple[RecordedFact, ...]:
    """Return the recorded facts of a stream."""
    return stream_facts(engine.store, stream)


def kinds(engine: Engine, stream: str) -> list[str]:
    """Return the names of the types of a stream's facts."""
    return [type(item.fact).__name__ for item in history(engine, stream)]


def whole_log(engine: Engine) -> tuple[RecordedFact, ...]:
    """Return every recorded fact but those about keys."""
    rows = engine.store.rows(0, engine.store.head().size)
    return tuple(recorded(row) for row in rows if row.stream != "keys")


def meddle(engine: Engine, monkeypatch: pytest.MonkeyPatch, *meddling: Callable[[], object]) -> list[object]:
    """Let things happen between a decision and its append, one each time; return what is still to happen."""
    submit, left = engine.writer.submit, list[object](meddling)
    waiting = iter(meddling)

    def late(appending: AppendRequest) -> Future[Receipt]:
        if (next_one := next(waiting, None)) is not None:
            del left[0]
            next_one()
        return submit(appending)

    monkeypatch.setattr(engine.writer, "submit", late)
    return left


def appends(engine: Engine, stream: str) -> Callable[[], object]:
    """Return what appends to ``stream``, as another program could: a fact of a type unknown here."""
    submit = engine.writer.submit

    def append() -> None:
        draft = Draft(
            id=engine.new_id(),
            type="tallystick.from-elsewhere.v1",
            time="2026-03-01T02:15:00.000000Z",
            authtype="system",
            authid="p-elsewhere",
            authroles=(),
            data={},
        )
        submit(AppendRequest((Part(stream, None, (draft,)),))).result()

    return append


def a_story(engine: Engine, clock: SteppingClock, pod: str = "a") -> str:
    """Record an incident fact by fact, a minute apart, beside another one; return its stream."""
    (stream,) = deliver(engine, an_alert(pod=pod), groupKey=pod).incidents
    clock.forward(minutes=1)
    open_one(engine)
    do(engine, DECLARE, stream)
    clock.forward(minutes=1)
    entry = do(engine, note("Moved to region B."), stream).rows[0]
    fact = history(engine, stream)[entry.version - 1].fact
    assert isinstance(fact, TimelineEntryRecorded)
    clock.forward(minutes=1)
    do(engine, CorrectTimelineEntry(entry_id=fact.entry_id, text="Region C.", reason="wrong"), stream)
    clock.forward(minutes=1)
    deliver(engine, resolved(pod=pod))
    engine.follower.catch_up()
    return stream


def timeline_file(engine: Engine, stream: str, at: At = PRESENT, *, readable: bool = False) -> bytes | None:
    """Return ``incident-timeline.md`` as readers get it."""
    file = artifact_file(engine, stream, TIMELINE, at, readable=readable)
    return None if file is None else file.data
