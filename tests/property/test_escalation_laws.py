"""Whatever alerts, numbers and clocks say, people agree on the severity; and rules ask them only so often."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from domain.context import Principal
from domain.incident_state import NOTHING, evolve
from domain.own_commands import AttachSignal, CheckTimers, ClearSignal
from domain.rederiving import follows
from domain.severity.commands import BlastRadiusTold, ConfirmScope, ProposeSeverity, VoteSeverity
from domain.severity.facts import (
    Cause,
    SeverityConsensusReached,
    SeverityReassessmentStarted,
    SeverityVoteCast,
)
from tests.support.meaning import firing
from tests.support.playing import ALICE, BOB, CAROL, Play, policy
from tests.support.scenes import agree, agreed, declared

WHY = "By what we see in both regions."
MACHINE = Principal(id="p-machine", type="system", roles=())
HINTS = st.sampled_from(["SEV-1", "SEV-1", "SEV-2", "SEV-3", None])
LEVELS = st.sampled_from(["SEV-1", "SEV-2", "SEV-3"])
RATIOS = st.sampled_from([None, None, "0.49", "0.5", "0.9"])
ALERTS = st.sampled_from([f"alert-{letter * 32}" for letter in "abc"])
SCOPES = st.builds(
    ConfirmScope,
    services=st.just(("checkout",)),
    regulated_data=st.sampled_from([None, False, True]),
    services_ratio=RATIOS,
)
PEOPLE = st.tuples(
    st.sampled_from([ALICE, BOB, CAROL]),
    st.one_of(
        st.builds(
            ProposeSeverity,
            rationale=st.just(WHY),
            severity=LEVELS,
            blast_radius=st.none() | st.builds(BlastRadiusTold, services_ratio=RATIOS),
        ),
        st.builds(VoteSeverity, severity=LEVELS, rationale=st.just(WHY)),
    ),
)
STEPS = st.lists(
    st.one_of(
        PEOPLE,
        # Most rounds end, below what rules speak for, or no rule would have anything to exceed.
        st.tuples(st.just("agree"), st.sampled_from(["SEV-2", "SEV-2", "SEV-3", "SEV-1"])),
        st.tuples(st.just("agree"), st.just("SEV-2")),
        st.tuples(st.just(ALICE), SCOPES),
        st.tuples(st.just("fires"), st.tuples(ALERTS, HINTS)),
        st.tuples(st.just("fires"), st.tuples(ALERTS, HINTS)),
        st.tuples(st.just("ends"), ALERTS),
        st.tuples(st.just("passes"), st.sampled_from([1, 121, 121])),
    ),
    min_size=20,
    max_size=40,
)


def step(play: Play, who: Any, what: Any) -> None:
    """Have one thing happen, and check that no machine agrees on anything."""
    before = play.state.severity
    if isinstance(who, Principal):
        play.ask(what, who)
        return
    if who == "agree":
        agree(play, what)
        return
    if who == "passes":
        play.forward(minutes=what)
        facts = play.do(CheckTimers(), MACHINE)
    elif who == "fires":
        alert, hint = what
        signal = firing(severity_hint=hint, episode=str(1772331000123456789 + len(play.items)))
        facts = play.do(AttachSignal(alert=alert, signal=signal), MACHINE)
    else:
        ended = firing(status="resolved", effect="clear", ended_at="2026-03-01T02:12:00.000000Z")
        facts = play.do(ClearSignal(alert=what, signal=ended), MACHINE)
    after = play.state.severity
    assert not any(isinstance(fact, SeverityConsensusReached | SeverityVoteCast) for fact in facts)
    assert after.agreed in (before.agreed, None)
    if before.agreed is None:
        assert after.round == before.round, "what is open is not begun again"
    elif after.agreed is None:
        assert after.previous == before.agreed.severity


@pytest.mark.req("R-SVC-10", "R-TRN-18")
@given(
    st.sampled_from([declared, agreed, lambda p: agreed(p, "SEV-2"), lambda p: agreed(p, "SEV-3")]),
    st.sampled_from(["team", "strict"]),
    STEPS,
)
def test_rules_ask_and_people_agree(scene: Any, profile: Any, steps: list[tuple[Any, Any]]) -> None:
    play = scene(profile)
    for who, what in steps:
        step(play, who, what)
    check(play)


def check(play: Play) -> None:
    """Check from the facts alone that each round of a rule has a cause that people have not answered."""
    answered: dict[Any, str] = {}
    state, level = NOTHING, None
    for item in play.items:
        fact: Any = item.fact
        if isinstance(fact, SeverityConsensusReached):
            votes = set(state.severity.votes.values())
            assert votes == {fact.severity}
            assert len(state.severity.votes) >= policy(play.profile).severity.min_responders.of(fact.severity)
            level = fact.severity
            # Whoever agrees on as much as a cause speaks for has overruled nothing.
            answered = {key: spoken for key, spoken in answered.items() if spoken < level or key in ONCE}
        elif isinstance(fact, SeverityReassessmentStarted):
            if (cause := fact.cause) is not None:
                event(cause.rule)
                assert cause.agreed == level
                assert cause.severity < cause.agreed, "never a downgrade, never when it is agreed already"
                assert not spoken_before(cause, answered)
                answered[key(cause)] = cause.severity
            assert follows(state, fact, policy(play.profile), item.recordedtime) == fact
            level = None
        state = evolve(state, item)


ONCE = ("regulated_data", "services_ratio")
"""What is stated once is known for ever: no consensus makes it news again."""


def key(cause: Cause) -> Any:
    return (cause.rule, cause.agreed) if cause.rule == "unmitigated" else cause.rule


def spoken_before(cause: Cause, answered: dict[Any, str]) -> bool:
    """Return whether people were asked about this, or worse of its kind, and agreed on less."""
    said = answered.get(key(cause))
    return said is not None and said <= cause.severity
