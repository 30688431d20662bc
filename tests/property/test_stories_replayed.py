"""Whatever people ask for, in whatever order: what is kept live is what the stream folds to, any time.

On the real engine and SQLite, through `application.acting`; and at the end an auditor accepts all of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.engine import Engine
from application.replaying import Refused
from application.states import States
from domain.commands import ACTIONS, EXAMPLES, Command
from domain.comparing import compares_first
from domain.context import Principal
from domain.decisions.commands import ApprovePlan
from domain.execution.commands import StartExecution
from domain.gates.commands import DecideWaiver, EvaluateGate, RequestWaiver
from domain.incident_state import Incident, fold
from domain.intake.commands import DeclareIncident, DismissIncident, LinkIncident, MergeIncident
from domain.notices.commands import AttestNotice
from domain.planning.commands import ProposePlan, VerifyItem
from domain.resolution.commands import RecordActionItem
from domain.rootcause.commands import CaptureEvidence
from domain.severity.commands import ConfirmScope, ProposeSeverity, VoteSeverity
from ledger.append import Receipt
from tests.support import scenes
from tests.support.commandline import run
from tests.support.documents import check_documents
from tests.support.playing import ALICE, BOB, CAROL, DAVE, PROGRAM
from tests.support.schemas import check_artifacts
from tests.support.use_cases import (
    SteppingClock,
    an_alert,
    ask,
    deliver,
    history,
    open_home,
    publish,
    resolved,
)

WHY = "Because the graphs and the customers say so."
RISK = "Ten minutes more than rehearsed."
PEOPLE = (ALICE, BOB, CAROL, DAVE, PROGRAM)


class Step(NamedTuple):
    """Who asks for what of which of two incidents, and the seconds that pass before."""

    who: Principal
    command: Command
    which: int = 0
    seconds: int = 1


HALF_AN_HOUR = "half an hour passes"
HAPPY: tuple[tuple[Principal, Command], ...] = (
    (ALICE, DeclareIncident(rationale=WHY)),
    (ALICE, ProposeSeverity(severity="SEV-1", rationale=WHY)),
    (ALICE, ConfirmScope(services=("checkout",), regulated_data=False, customer_notification=False)),
    (ALICE, AttestNotice(roles=("incident_commander", "sre_on_call", "product_owner"), channel="phone")),
    (ALICE, ProposePlan(template="rollback", to_version="1.2.3")),
    (ALICE, ApprovePlan(revision=1, rationale=WHY)),
    (BOB, ApprovePlan(revision=1, rationale=WHY)),
    (ALICE, StartExecution()),
)
EVE = Principal(id="p-eve", type="user", roles=("performance_engineer",))
ENDING: tuple[tuple[Principal, Command] | str, ...] = (
    (ALICE, scenes.DONE),
    (BOB, scenes.CHECKED),
    "ends",
    (ALICE, msgspec.structs.replace(scenes.TOLD, purpose="resolution")),
    HALF_AN_HOUR,
    (ALICE, scenes.ALL_WELL),
    (ALICE, scenes.CONFIRM),
    *((BOB, CaptureEvidence(kind=kind, title=f"A {kind}", content=WHY)) for kind in scenes.EVIDENCE),
    (ALICE, scenes.ARCHIVE),
    (BOB, RecordActionItem(title="Alert earlier")),
    (ALICE, scenes.COMPLETE),
    (ALICE, scenes.SEAL),
    (ALICE, scenes.REVIEW),
    (EVE, scenes.REVIEW),
    (ALICE, scenes.CLOSE),
    (ALICE, scenes.SEAL),
)
DISTURBING: tuple[Command, ...] = (
    *(command for action, command in EXAMPLES.items() if action not in ("open", "merge", "link")),
    VoteSeverity(severity="SEV-2"),
    VoteSeverity(severity="SEV-1"),
    VerifyItem(item="rollback-rehearsal", result="failed"),
    VerifyItem(item="data-backup", result="not_applicable", justification="No data is at stake."),
    ApprovePlan(revision=2, rationale=WHY),
    EvaluateGate(gate="severity", mode="relaxed", sla_s=60),
    RequestWaiver(gate="severity", justification=WHY),
    RequestWaiver(gate="mitigation", justification=WHY, risk_assessment=RISK),
    DecideWaiver(waiver="w2", verdict="rejected", rationale=WHY),
    StartExecution(),
    ConfirmScope(services=("checkout",), regulated_data=True, customer_notification=True),
)
RARE: tuple[Command, ...] = (
    DismissIncident(rationale=WHY),
    MergeIncident(into="INC-999", rationale=WHY),
    LinkIncident(incident="INC-999", kind="child", rationale=WHY),
)
SECONDS = st.sampled_from([0, 1, 30, 301, 25 * 3600])
DISTURBANCES = st.builds(
    Step,
    st.sampled_from(PEOPLE),
    st.sampled_from(DISTURBING) | st.sampled_from(DISTURBING) | st.sampled_from(RARE),
    st.integers(0, 1),
    SECONDS,
)


@st.composite
def stories(draw: st.DrawFn) -> list[Step | str]:
    """Draw the happy path with anything in between, alerts too; some go on to the closed incident."""
    told: list[Step | str] = []
    calm, onward = draw(st.booleans()), draw(st.booleans())
    anything = st.lists(DISTURBANCES | st.sampled_from(["fires", "ends"]), max_size=0 if calm else 3)
    for happens in (*HAPPY, *(ENDING if onward else ())):
        told += draw(anything)
        told.append(happens if isinstance(happens, str) else Step(*happens))
    return told + draw(anything)


class Told:
    """Two incidents, what was asked of them, and every live state on the way."""

    def __init__(self, engine: Engine, clock: SteppingClock, number: int) -> None:
        self.engine, self.clock, self.pods = engine, clock, (f"{number}-a", f"{number}-b")
        self.streams = tuple(self._fires(pod) for pod in self.pods)
        self.seen: list[tuple[str, int, Incident]] = []

    def _fires(self, pod: str) -> str:
        return deliver(self.engine, an_alert(pod=pod), groupKey=pod).incidents[0]

    def tell(self, step: Step | str) -> None:
        if step == HALF_AN_HOUR:
            self.clock.forward(minutes=31)
        elif isinstance(step, str):
            make = an_alert if step == "fires" else resolved
            deliver(self.engine, make(pod=self.pods[0]), groupKey=self.pods[0])
        else:
            self.clock.forward(seconds=step.seconds)
            stream, other = self.streams[step.which], self.streams[1 - step.which]
            before = self.engine.states.incident(stream).version
            outcome = ask(self.engine, _about(step.command, other), stream, principal=step.who)
            after = self.engine.states.incident(stream).version
            said = isinstance(outcome, Receipt | Refused)
            # How the evidence was found is on record first, whatever is answered then.
            assert (after > before) == said or compares_first(step.command), ACTIONS[type(step.command)]
        for name in self.streams:
            live = self.engine.states.incident(name)
            self.seen.append((name, live.version, live.state))

    def check(self) -> None:
        """Hold every live state against the fold of the stream up to its version, and a cold reader."""
        for name in self.streams:
            facts = history(self.engine, name)
            assert [fact.version for fact in facts] == list(range(1, len(facts) + 1))
            for version, state in {(v, id(s)): (v, s) for n, v, s in self.seen if n == name}.values():
                assert fold(facts[:version]) == state, f"{name} at version {version}"
            assert States(self.engine.store).incident(name) == self.engine.states.incident(name)


def _about(command: Command, other: str) -> Command:
    """Return the command about the other incident, where it names one."""
    if isinstance(command, MergeIncident):
        return msgspec.structs.replace(command, into=other)
    return msgspec.structs.replace(command, incident=other) if isinstance(command, LinkIncident) else command


@pytest.fixture
def clock() -> SteppingClock:
    return SteppingClock()


@pytest.fixture
def engine(home: Path, clock: SteppingClock) -> Iterator[Engine]:
    with open_home(home, clock) as opened:
        yield opened


@pytest.mark.req("R-WF-02", "R-GATE-51")
def test_what_is_kept_live_is_what_the_stream_folds_to_and_an_auditor_accepts_it(
    engine: Engine, clock: SteppingClock, home: Path
) -> None:
    numbers = iter(range(10**9))
    reached: set[str] = set()

    @given(steps=stories())
    @settings(max_examples=max(20, settings().max_examples // 50))
    def holds(steps: list[Step | str]) -> None:
        told = Told(engine, clock, next(numbers))
        for step in steps:
            told.tell(step)
        told.check()
        reached.update(state.state for _, _, state in told.seen)

    holds()
    assert {"detecting", "notifying", "aligning", "executing", "dismissed", "merged"} <= reached
    assert {"confirming_resolution", "capturing_rca", "documented", "closed"} <= reached
    publish(engine, home)
    run("export", "--ledger", "--out", home.parent / "export", "--home", home).fine()
    run("verify", home.parent / "export", "--log-key", home / "log.vkey").fine()
    check_artifacts(home.parent / "export")
    check_documents(home.parent / "export")
