"""Whoever does what is next comes to execution, also after a step back and under a stricter profile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from domain.classified import Profile
from domain.context import Principal
from domain.execution.commands import ReenterPlanning
from domain.flow.commands import MarkStep
from domain.gates.commands import DecideWaiver, EvaluateGate, RequestWaiver
from domain.intake.commands import MitigationIsNotRequired, TightenProfile
from domain.moment import timestamp
from domain.own_commands import AttachSignal, ClearSignal
from domain.planning.commands import VerifyItem
from domain.resolution.commands import StabilityTold, VerifyRestoration
from domain.rootcause.commands import CaptureEvidence, RecordFinding
from domain.severity.commands import ConfirmScope
from tests.support.looking import follow, upcoming
from tests.support.meaning import ALERT, firing
from tests.support.playing import ALICE, BOB, Play
from tests.support.scenes import (
    APPROVE,
    DECLARE,
    MISSED,
    OPEN,
    PLAN,
    PROPOSE,
    REJECT,
    REOPEN,
    SCOPE,
    TOLD,
    capturing,
    checks,
    declared,
    documented,
    drafting,
    planning,
    resolving,
    reviewed,
)

RETURN = MarkStep(mark="returned", rationale="Something was forgotten here.")
PATH: tuple[tuple[Any, Principal], ...] = (
    (OPEN, ALICE),
    (DECLARE, ALICE),
    (PROPOSE, ALICE),
    (SCOPE, ALICE),
    (TOLD, ALICE),
    (PLAN, ALICE),
    (APPROVE, ALICE),
    (APPROVE, BOB),
)
"""From the first minute to a plan that may be carried out, in eight requests."""

BACK = {
    "notifying": (("assessing", "confirm-scope"),),
    "planning": (("notifying", "evaluate-gate"), ("assessing", "confirm-scope")),
    "aligning": (
        ("verifying_rollback", "verify-item"),
        ("planning", "propose-plan"),
        ("notifying", "evaluate-gate"),
        ("assessing", "confirm-scope"),
    ),
}
"""State -> where it can be sent back to, one step after the other, and what moves it on from there."""


def walked(steps: int, profile: Profile = "team") -> Play:
    """Return an incident after the first requests of the path, as far as the profile needs them."""
    play = Play(profile)
    for command, who in PATH[:steps]:
        play.ask(command, who)
    return play


def led(play: Play) -> list[str]:
    """Return what was done until the execution began, always what was next."""
    done: list[str] = []
    while play.state.state != "executing":
        done.append(follow(play))
        assert len(done) < 30, done
    return done


def led_to(play: Play, state: str, most: int = 60) -> list[str]:
    """Return what was done until the incident stood at a state, always what was next."""
    done: list[str] = []
    while play.state.state != state:
        done.append(follow(play))
        assert len(done) < most, (done, upcoming(play).blockers[:1])
    return done


@pytest.mark.req("R-DEC-65", "R-WF-34")
@pytest.mark.parametrize("profile", ["solo", "team", "strict"])
def test_what_is_next_leads_from_the_first_minute_to_the_sealed_bundle(profile: Profile) -> None:
    play = Play(profile)
    play.ask(msgspec.structs.replace(OPEN, profile=profile), ALICE)
    led_to(play, "closed", 120)
    while play.state.archive.bundle is None:
        assert follow(play) == "seal"
    assert not upcoming(play).blocked
    assert upcoming(play).next.action is None


@pytest.mark.req("R-TRN-20", "R-DEC-65")
@pytest.mark.parametrize(
    ("scene", "returns"),
    [(capturing, 1), (drafting, 1), (drafting, 2), (documented, 1), (documented, 2), (reviewed, 3)],
)
def test_what_is_next_leads_to_the_end_after_steps_back(scene: Callable[[], Play], returns: int) -> None:
    play = scene()
    for _ in range(returns):
        play.do(RETURN)
    led_to(play, "closed")


@pytest.mark.req("R-HND-11")
def test_what_is_next_leads_to_the_end_after_a_rejection() -> None:
    play = reviewed()
    play.do(REJECT)
    assert led_to(play, "closed") == ["write-report", "seal", "review", "review", "close"]


@pytest.mark.req("R-TRN-19", "R-TRN-21", "R-DEC-65")
def test_what_is_next_leads_to_the_end_after_it_came_back() -> None:
    play = resolving()
    play.forward(minutes=3)
    play.do(AttachSignal(alert=ALERT, signal=firing(fired_at=timestamp(play.now))))
    seen = upcoming(play)
    assert "ALERT_RECURRED" in {found.code for found in seen.blockers}
    assert "ALERT_RECURRED" in {warned.code for warned in seen.warnings}
    play.do(ReenterPlanning(rationale="It fires again."))
    play.do(ClearSignal(alert=ALERT, signal=firing(status="resolved", ended_at=timestamp(play.now))))
    led_to(play, "closed")
    play.do(REOPEN)
    led_to(play, "closed")


@pytest.mark.req("R-TRN-12", "R-GATE-30", "R-DEC-65")
def test_what_is_next_leads_to_the_end_after_a_check_that_failed_late() -> None:
    play = resolving()
    play.do(checks("data_integrity"))
    assert upcoming(play).blockers[0].code == "RECOVERY_VALIDATION_FAILED"
    play.do(checks())
    assert "RECOVERY_VALIDATION_FAILED" not in {found.code for found in upcoming(play).blockers}
    led_to(play, "closed")


@pytest.mark.req("R-GATE-50", "R-GATE-56", "R-DEC-65")
def test_what_is_next_leads_to_the_end_after_late_news_of_every_kind() -> None:
    play = documented()
    play.do(RecordFinding(statement="It was the pool.", category="code_defect"))
    play.do(VerifyRestoration(slos=(MISSED,), stability=StabilityTold(breaches=1)))
    play.do(CaptureEvidence(kind="trace", title="One request", uri="https://t.example/1", critical=True))
    play.do(AttachSignal(alert=ALERT, signal=firing()))
    assert upcoming(play).blockers[-3:] != ()
    play.do(ClearSignal(alert=ALERT, signal=firing(status="resolved", ended_at=timestamp(play.now))))
    led_to(play, "closed")


@pytest.mark.req("R-TRN-24", "R-DEC-65")
def test_what_is_next_leads_to_the_end_where_nothing_had_to_be_executed() -> None:
    play = declared()
    play.do(MitigationIsNotRequired(kind="self_recovered", rationale="The provider repaired it."))
    led_to(play, "closed")


@pytest.mark.req("R-DEC-65", "R-TRN-20")
@pytest.mark.parametrize(
    ("steps", "returns"),
    [
        (steps, returns)
        for steps, state in (
            (4, "notifying"),
            (5, "planning"),
            (6, "aligning"),
            (7, "aligning"),
            (8, "aligning"),
        )
        for returns in range(1, len(BACK[state]) + 1)
    ],
)
def test_after_a_step_back_what_is_next_moves_it_on(steps: int, returns: int) -> None:
    play = walked(steps)
    landings = BACK[play.state.state]
    for _ in range(returns):
        play.do(RETURN)
    state, action = landings[returns - 1]
    assert (play.state.state, upcoming(play).next.action) == (state, action)
    assert follow(play) == action
    assert play.state.state != state
    led(play)


@pytest.mark.req("R-DEC-65", "R-PROF-01")
@pytest.mark.parametrize(("before", "after"), [("team", "strict"), ("solo", "team"), ("solo", "strict")])
@pytest.mark.parametrize("steps", range(1, 9))
def test_after_a_tightened_profile_what_is_next_leads_to_execution(
    before: Profile, after: Profile, steps: int
) -> None:
    play = walked(steps, before)
    play.do(TightenProfile(profile=after, rationale="It is larger than we thought."))
    assert led(play)[-1] == "start-execution"
    assert play.state.intake.profile == after


@pytest.mark.req("R-GATE-10", "R-PROF-01")
@pytest.mark.parametrize("steps", [4, 5, 8])
def test_where_a_stricter_policy_wants_more_votes_only_a_new_round_helps(steps: int) -> None:
    play = walked(steps)
    play.do(TightenProfile(profile="strict", rationale="It is larger than we thought."))
    found = upcoming(play)
    assert (found.blockers[0].code, found.next.action) == ("VOTES_FROZEN", "reassess-severity")
    assert found.next.what.startswith("SEV-1 needs 2 votes by now and was agreed with 1")
    assert found.guard is not None
    assert found.guard.number == 1
    assert follow(play) == "reassess-severity"
    assert (play.state.state, play.state.severity.round) == ("assessing", 2)


@pytest.mark.req("R-STEP-13")
def test_in_notifying_gate_1_is_to_be_evaluated_and_no_other() -> None:
    play = walked(5)
    play.do(RETURN)
    found = upcoming(play).next
    assert (found.action, found.example) == ("evaluate-gate", {"gate": "severity"})


@pytest.mark.req("R-TRN-20")
def test_what_is_confirmed_anew_after_a_return_is_what_was_confirmed() -> None:
    play = walked(3)
    play.do(ConfirmScope(services=("cart",), regions=("eu-1",), regulated_data=True))
    play.do(RETURN)
    assert upcoming(play).next.example == {
        "services": ["cart"],
        "regions": ["eu-1"],
        "regulated_data": True,
        "customer_notification": False,
    }


@pytest.mark.req("R-TRN-20", "R-GATE-55")
def test_a_waived_checklist_that_was_sent_back_is_verified_item_by_item() -> None:
    play = planning()
    play.do(PLAN)
    play.do(VerifyItem(item="data-backup", result="failed", justification="It cannot be restored."))
    play.do(EvaluateGate(gate="mitigation"))
    play.do(
        RequestWaiver(gate="mitigation", justification="It burns now.", risk_assessment="Orders are lost.")
    )
    for who in (ALICE, BOB):
        play.do(DecideWaiver(waiver="w1", verdict="approved", rationale="The risk is small."), who)
    play.do(RETURN)
    assert play.state.state == "verifying_rollback"
    assert upcoming(play).next.example == {"item": "data-backup"}
    led(play)
