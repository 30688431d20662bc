"""An incident step by step: every step says what was recorded, what it changed and the state after it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from msgspec.structs import replace

from domain.gates.board import lights
from domain.gates.commands import DecideWaiver, RequestWaiver
from domain.incident_state import fold
from domain.intake.facts import SignalAttached, SignalCleared
from domain.planning.commands import VerifyItem
from domain.recorded import UnknownFact
from domain.timeline.commands import AddTimelineEntry
from projections.replay import UNKNOWN, ReplayStep, replay
from tests.support.meaning import ALERT, fresh_id, recorded
from tests.support.playing import BOB
from tests.support.scenes import aligning, approve, executing

ASK = RequestWaiver(
    gate="mitigation",
    justification="Waiting costs orders every minute.",
    risk_assessment="It may take ten minutes more than rehearsed.",
)
YES = DecideWaiver(waiver="w1", verdict="approved", rationale="The risk is the smaller one.")
NOTE = AddTimelineEntry(text="Looked at it again.")


def attached(signal: int, alert: str = ALERT) -> SignalAttached:
    return SignalAttached(
        signal_id=fresh_id(signal),
        alert=alert,
        alert_name="HighLatency",
        episode=f"177233100012345678{signal}",
        fired_at="2026-03-01T02:10:00.123456Z",
        why="rule:any-alert",
    )


def cleared(signal: int, alert: str = ALERT) -> SignalCleared:
    return SignalCleared(
        signal_id=fresh_id(signal), alert=alert, alert_name="HighLatency", cleared_by=fresh_id(90)
    )


@pytest.mark.req("R-SVC-08")
def test_every_step_shows_the_state_that_the_facts_up_to_it_lead_to() -> None:
    facts = recorded(executing().facts)
    steps = list(replay(facts))
    assert [step.version for step in steps] == list(range(1, len(facts) + 1))
    for n, step in enumerate(steps, start=1):
        state = fold(facts[:n])
        assert step.after.state == state.state
        assert step.after.policy_sha256 == state.intake.policy_sha256
        judged = lights(state, facts[n - 1].recordedtime)
        assert {row.gate: row.state for row in step.after.gates} == {g: x.state for g, x in judged.items()}
    assert steps[-1].after.state == "executing"
    assert steps[-1].after.commander == "p-alice"
    assert {row.state for row in steps[-1].after.gates if row.number in (1, 2)} == {"PASS"}


@pytest.mark.req("R-SVC-08")
def test_what_a_step_changed_is_what_differs_from_the_step_before() -> None:
    steps = list(replay(recorded(executing().facts)))
    named = {row.pointer: (row.before, row.after) for step in steps for row in step.changed}
    assert named["/severity"] == (None, "SEV-1")
    assert named["/gates/severity_alignment/state"] == ("NOT_EVALUATED", "PASS")
    for before, step in pairwise(steps):
        assert bool(step.changed) == (before.after != step.after)


@pytest.mark.req("R-SVC-08")
@pytest.mark.parametrize("after", [0, 1, 7, 10_000])
def test_the_steps_of_a_page_are_those_of_the_whole(after: int) -> None:
    facts = recorded(executing().facts)
    assert list(replay(facts, after=after)) == list(replay(facts))[after:]


def test_alerts_are_counted_as_they_fire_and_end() -> None:
    opened, *_ = executing().facts
    other = ALERT[:-1] + "0"
    facts = (opened, attached(1), attached(2, other), attached(3), cleared(1), cleared(2, other), cleared(3))
    steps = list(replay(recorded(facts)))
    assert [(step.after.alerts_firing, step.after.alerts_cleared) for step in steps] == [
        (0, 0),
        (1, 0),
        (2, 0),
        (2, 0),
        (2, 0),
        (1, 1),
        (0, 2),
    ]


@pytest.mark.req("R-EVT-03")
def test_a_fact_of_an_unknown_type_is_a_step_that_changes_nothing() -> None:
    opened, *_ = executing().facts
    steps: list[ReplayStep] = list(
        replay(recorded((opened, UnknownFact(type="tallystick.from-elsewhere.v1", data={}))))
    )
    assert (steps[1].text, steps[1].category, steps[1].changed) == (UNKNOWN, None, ())


@pytest.mark.req("R-SVC-08", "R-GATE-55")
def test_a_step_is_judged_as_of_then_though_a_waiver_has_ended_since() -> None:
    play = aligning()
    play.do(VerifyItem(item="rollback-rehearsal", result="failed"))
    play.do(approve())
    play.do(approve(), BOB)
    play.do(ASK)
    play.do(YES)
    play.do(YES, BOB)
    granted = len(play.items)
    play.forward(days=2)
    play.do(NOTE)
    facts = tuple(
        replace(item, authid=played.authid, time=played.time, recordedtime=played.recordedtime)
        for item, played in zip(recorded(play.facts), play.items, strict=True)
    )
    steps = list(replay(facts))
    assert [_light(steps[at - 1]) for at in (granted, granted + 1)] == ["WAIVED", "WAIVER_PENDING"]
    assert [(row.pointer, row.before, row.after) for row in steps[granted].changed] == [
        ("/gates/mitigation_readiness/state", "WAIVED", "WAIVER_PENDING")
    ]


def _light(step: ReplayStep) -> str:
    return next(row.state for row in step.after.gates if row.gate == "mitigation_readiness")
