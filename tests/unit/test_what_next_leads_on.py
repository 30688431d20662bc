"""Whoever does what is next comes to execution, also after a step back and under a stricter profile."""

from __future__ import annotations

from typing import Any

import pytest

from domain.classified import Profile
from domain.context import Principal
from domain.flow.commands import MarkStep
from domain.gates.commands import DecideWaiver, EvaluateGate, RequestWaiver
from domain.intake.commands import TightenProfile
from domain.planning.commands import VerifyItem
from domain.severity.commands import ConfirmScope
from tests.support.looking import follow, upcoming
from tests.support.playing import ALICE, BOB, Play
from tests.support.scenes import APPROVE, DECLARE, OPEN, PLAN, PROPOSE, SCOPE, TOLD, planning

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
