"""What holds of an incident whatever people, programs and clocks do to it, in any order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from domain import facts, incident
from domain.archive.facts import EvidenceBundleSealed
from domain.context import Context, Principal
from domain.crew.facts import CommanderAssigned
from domain.decisions.facts import DecisionRecorded
from domain.execution.facts import MitigationExecutionStarted
from domain.gates.criterion import Case
from domain.gates.evaluator import evaluate
from domain.gates.facts import GateEvaluated
from domain.incident_state import NOTHING, Incident
from domain.moment import timestamp
from domain.own_commands import AbsorbIncident, AttachSignal, ClearSignal, MirrorLink
from domain.recorded_at import recorded_at
from domain.refusal import REFUSALS, OnRecord, Refusal
from domain.resolution.facts import IncidentClosed, IncidentReopened
from tests.support import scenes
from tests.support.closable import unclosable
from tests.support.meaning import firing
from tests.support.onward import onward
from tests.support.playing import ALICE, BOB, EVERYBODY, NOTIFIER, POLICY_IDS, PROGRAM, Play, policy
from tests.support.requests import LIKELY, MACHINES, REQUESTS
from tests.support.safety import unsafe

QUIET = (AttachSignal, ClearSignal, AbsorbIncident, MirrorLink)
POLICIES = {sha256: profile for profile, sha256 in POLICY_IDS.items()}
PROFILES = st.sampled_from(["team", "team", "solo", "strict"])
SCENES = st.sampled_from(
    [
        Play,
        scenes.opened,
        scenes.declared,
        scenes.agreed,
        scenes.planning,
        scenes.aligning,
        scenes.approved,
        scenes.executing,
        scenes.resolving,
        scenes.capturing,
        scenes.drafting,
        scenes.reviewed,
        scenes.closed,
        lambda _: scenes.agreed(drill=True),
    ]
)
CLOCK = st.sampled_from([0, 0, 0, 1, 60, 299, 301, 86_400, -1, -7_200, -90_000])
STEPS = st.lists(
    st.tuples(
        CLOCK,
        st.one_of(
            st.tuples(st.sampled_from([*EVERYBODY, *EVERYBODY, *EVERYBODY, PROGRAM]), REQUESTS),
            st.tuples(st.sampled_from([ALICE, ALICE, BOB]), LIKELY),
            st.tuples(st.just(NOTIFIER), MACHINES),
        ),
        st.booleans(),
    ),
    max_size=12,
)

NEAR_THE_END = st.sampled_from(
    [scenes.approved, scenes.resolving, scenes.capturing, scenes.drafting, scenes.documented]
)
BETWEEN = st.none() | st.none() | st.tuples(st.sampled_from([ALICE, BOB]), REQUESTS | LIKELY)


def carry_out(play: Play, who: Principal, command: Any, told: Context) -> Any:
    """Have one request decided and recorded, and check what holds of any answer."""
    before, count = play.state, len(play.items)
    answer = incident.decide(before, command, told)
    assert isinstance(answer, tuple | Refusal | OnRecord)
    if isinstance(answer, Refusal):
        assert answer.code in REFUSALS
        assert answer.message
        return answer
    play.record(answer.facts if isinstance(answer, OnRecord) else answer, told)
    if isinstance(answer, OnRecord):
        assert answer.facts
        assert answer.refusal.code in REFUSALS
    elif answer and not isinstance(command, QUIET):
        assert incident.consequences(play.state, told) == ()
    assert play.state.version == count + len(play.items) - count
    return answer


def check(play: Play) -> None:
    """Check what holds of everything that was recorded."""
    state, commander = NOTHING, None
    for index, item in enumerate(play.items):
        assert item.recordedtime >= state.recorded_at
        assert facts.decode(facts.type_name(item.fact), facts.encode(item.fact)) == item.fact
        match item.fact:
            case CommanderAssigned():
                assert item.fact.previous == commander
                commander = item.fact.principal
            case GateEvaluated():
                check_verdict(state, item.fact, item.recordedtime)
            case MitigationExecutionStarted():
                event("executes")
                assert unsafe(play.items[:index], item.recordedtime) == []
            case IncidentClosed():
                event("closes")
                assert unclosable(play.items[:index], item.authid) == []
            case DecisionRecorded():
                assert state.decision is not None
                assert len({given.principal for given in state.decision.given.values()}) >= (
                    1 if state.intake.profile == "solo" else 2
                )
        state = incident.evolve(state, item)
    assert state == play.state
    assert state.crew.commander is None or state.crew.commander.principal == commander


def check_verdict(state: Incident, verdict: GateEvaluated, at: str) -> None:
    """Check that whoever evaluates again, from the facts before, gets the very same verdict."""
    case = Case(incident=state, policy=policy(POLICIES[verdict.policy_sha256]), at=at)
    assert evaluate(verdict.gate, case, verdict.mode, verdict.tightened) == verdict


@given(PROFILES, SCENES, STEPS)
def test_nothing_breaks_what_holds_of_every_incident(profile: Any, scene: Any, steps: list[Any]) -> None:
    play = scene(profile)
    for clock, (who, command), known in steps:
        play.forward(seconds=clock)
        extra = {"signal": firing(), "other": "incident-other"} if known else {}
        told = play.context(command, who, **extra)
        answer = carry_out(play, who, command, told)
        event(type(answer).__name__)
    check(play)


@pytest.mark.req("R-WF-30", "R-TRN-15")
def test_whatever_comes_between_nothing_is_executed_or_closed_but_by_the_rules() -> None:
    done = set[type]()

    @given(PROFILES, NEAR_THE_END, st.lists(st.tuples(CLOCK, BETWEEN), min_size=10, max_size=16))
    def holds(profile: Any, scene: Any, steps: list[Any]) -> None:
        play = scene(profile)
        before = len(play.items)
        for pick, (clock, between) in enumerate(steps):
            play.forward(seconds=clock)
            for who, command in (between, onward(play, pick)) if between else (onward(play, pick),):
                carry_out(play, who, command, play.context(command, who))
        check(play)
        done.update(type(item.fact) for item in play.items[before:])

    holds()
    wanted = {MitigationExecutionStarted, IncidentClosed, EvidenceBundleSealed, IncidentReopened}
    assert wanted <= done, "some example gets as far as that"


@given(PROFILES, SCENES, STEPS, st.integers(0, 80))
def test_an_incident_is_the_same_folded_at_once_or_in_two(
    profile: Any, scene: Any, steps: list[Any], cut: int
) -> None:
    play = scene(profile)
    for clock, (who, command), _ in steps:
        play.forward(seconds=clock)
        play.ask(command, who)
    state = incident.fold(play.items[:cut])
    for item in play.items[cut:]:
        state = incident.evolve(state, item)
    assert state == play.state
    told = play.context(scenes.OPEN, NOTIFIER)
    assert recorded_at(state, told) == max(state.recorded_at, timestamp(play.now))
