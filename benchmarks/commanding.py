"""What a person waits for: the story of a rollback, a command in a long incident, and a gate."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from application.acting import ActRequest, act
from application.engine import Engine
from application.policyshelf import PolicyShelf
from application.states import States
from application.steps import run
from benchmarks.homes import PERSON, fill_incident, new_home
from benchmarks.measure import RUNS
from benchmarks.table import Table
from domain.commands import Command
from domain.gates.commands import EvaluateGate
from domain.gates.criterion import Case
from domain.gates.evaluator import evaluate
from domain.intake.commands import DeclareIncident
from domain.notices.commands import AttestNotice
from domain.planning.commands import ProposePlan
from domain.severity.commands import ConfirmScope, ProposeSeverity
from domain.timeline.commands import AddTimelineEntry
from ledger.append import Receipt
from tallystick.logs import log_to_stderr
from tallystick.wiring import open_engine
from tests.support.stories import HAPPY, Cast, Story, in_process

LENGTHS = (10, 1_000, 10_000)
WARM, COLD = 200, 12
NOTE = AddTimelineEntry(text="Traffic moved to region B; errors fall.")
WHY = "A third of all payments fail in two regions."
TO_A_PLAN: tuple[Command, ...] = (
    DeclareIncident(rationale=WHY),
    ProposeSeverity(severity="SEV-1", rationale=WHY),
    ConfirmScope(services=("checkout",), regulated_data=False, customer_notification=False),
    AttestNotice(roles=("incident_commander", "sre_on_call", "product_owner"), channel="phone"),
    ProposePlan(template="rollback", to_version="1.2.3"),
)
Latencies = list[float]


def measure() -> Table:
    """Return the section on commands."""
    log_to_stderr("WARNING")
    with new_home() as settings, open_engine(settings) as engine:
        rows = [*_commands(engine), *_gates(engine)]
    return Table(
        "Commands",
        "What one person waits for, without HTTP: loaded, decided, sealed, signed and on disk, one after the other. "
        "*Warm* folds only what is new; *cold* is a process that has not seen the incident. The ratio is that of the "
        "median to the same case in an incident of 10 facts; for a gate alone, to rehydrating the same stream. Warm, a longer "
        "incident costs nothing; cold, 1,000 times the facts cost at most 1,000 times as much. " + _story(),
        ("case", "p50", "p99", "ratio"),
        rows,
    )


def _story() -> str:
    """Return how many requests and bytes lie between a declaration and a started rollback, and how long."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=".") as folder,
        in_process(Path(folder) / "home") as world,
    ):
        cast = world.cast()
        told, noted = (
            [_timed(partial(tell, world.story(), cast)) for _ in range(RUNS)] for tell in (_told, _noted)
        )
        story = world.story()
        _told(story, cast)
    took, plain = statistics.median(told), statistics.median(noted)
    return (
        f"From declared to executing (SEV-1, profile team) it takes {story}; over HTTP in one process "
        f"{took * 1000:.0f} ms, {took / plain:.1f} times as many timeline entries."
    )


def _told(story: Story, cast: Cast) -> None:
    incident = story.fires()
    for who, action, fields, _ in HAPPY:
        incident.do(getattr(cast, who), action, **fields)


def _noted(story: Story, cast: Cast) -> None:
    incident = story.fires()
    for who, *_ in HAPPY:
        incident.do(getattr(cast, who), "add-timeline-entry", text=NOTE.text)


def _commands(engine: Engine) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    cases: tuple[tuple[str, Command, bool, Callable[[Engine, int], str]], ...] = (
        ("timeline entry, warm", NOTE, False, fill_incident),
        ("timeline entry, cold", NOTE, True, fill_incident),
        ("gate evaluated by hand, warm", EvaluateGate(gate="mitigation"), False, _planned),
    )
    for name, command, cold, made in cases:
        streams = {length: made(engine, length) for length in LENGTHS}
        found = {length: _latencies(engine, streams[length], command, cold=cold) for length in LENGTHS}
        base = statistics.median(found[LENGTHS[0]])
        rows += [_row(f"{name}, {length:,} facts", times, base) for length, times in found.items()]
    return rows


def _gates(engine: Engine) -> list[tuple[str, ...]]:
    rows = []
    for length in LENGTHS:
        stream = _planned(engine, length)
        state = engine.states.incident(stream).state
        policy = PolicyShelf(engine.blobs).get(str(state.intake.policy_sha256))
        case = Case(incident=state, policy=policy, at=state.recorded_at)
        plain = [_timed(partial(_rehydrated, engine, stream)) for _ in range(COLD)]
        judged = [_timed(partial(evaluate, "mitigation_readiness", case)) for _ in range(WARM)]
        rows.append(_row(f"gate 2 alone, {length:,} facts", judged, statistics.median(plain)))
    return rows


def _rehydrated(engine: Engine, stream: str) -> object:
    return States(engine.store).incident(stream)


def _planned(engine: Engine, length: int) -> str:
    """Return an incident of about that many facts, with a plan that waits for approvals."""
    stream = fill_incident(engine, max(1, length - 30))
    for command in TO_A_PLAN:
        _do(engine, stream, command)
    return stream


def _latencies(engine: Engine, stream: str, command: Command, *, cold: bool) -> Latencies:
    def once() -> None:
        asked = msgspec.structs.replace(engine, states=States(engine.store)) if cold else engine
        _do(asked, stream, command)

    once()
    return [_timed(once) for _ in range(COLD if cold else WARM)]


def _do(engine: Engine, stream: str, command: Command) -> None:
    outcome = run(act(engine, ActRequest(command=command, stream=stream, principal=PERSON)))
    if not isinstance(outcome, Receipt):
        raise SystemExit(f"{command}: expected a receipt, found {outcome}")


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _row(case: str, times: Latencies, base: float) -> tuple[str, ...]:
    ordered = sorted(times)
    p50, p99 = statistics.median(ordered), ordered[(len(ordered) * 99 - 1) // 100]
    return case, f"{p50 * 1000:.2f} ms", f"{p99 * 1000:.2f} ms", f"{p50 / base:.3g}"
