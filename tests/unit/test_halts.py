"""Halting, resuming, sending back, skipping, escalating (R-WF-02, R-TRN-20, R-TRN-22, R-DEC-25)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from domain.flow.commands import Escalate, MarkStep
from domain.flow.escalations import is_escalated
from domain.flow.halts import CONDITIONS
from domain.flow.steps import STEPS
from domain.flow.transitions import PLACES
from domain.gates.commands import DecideWaiver, EvaluateGate, RequestWaiver
from domain.intake.commands import MitigationIsNotRequired
from domain.notices.commands import Acknowledge
from domain.planning.commands import VerifyItem
from domain.severity.commands import ReassessSeverity
from domain.timeline.commands import AddTimelineEntry
from tests.support.playing import BOB, CAROL, Play
from tests.support.scenes import (
    DECLARE,
    PLAN,
    SCOPE,
    agree,
    agreed,
    aligning,
    checks,
    declared,
    executing,
    opened,
    planning,
    propose,
    recovering,
    stands,
    tell,
)

WHY = "The runbook and the dashboard contradict each other."
CALL = Escalate(rationale="Nobody with access to the gateway answers.")


def halt(code: Any = None) -> MarkStep:
    """Return a halt."""
    return MarkStep(mark="halted", rationale=WHY, halt_code=code)


RESUME = MarkStep(mark="resumed", rationale="It is clear now what holds.")
BACK = MarkStep(mark="returned", rationale="We missed something before.")
SKIP = MarkStep(mark="skipped", rationale="Everybody is in the room.")


@pytest.mark.req("R-WF-02", "R-EVT-21")
def test_a_halted_step_takes_facts_and_does_not_go_on_until_it_is_resumed() -> None:
    play = declared()
    play.do(halt(), CAROL)
    assert play.facts[-1].halt_code == "MANUAL"
    play.do(AddTimelineEntry(text="Still looking."), BOB)
    agree(play)
    play.do(SCOPE)
    assert stands(play) == "assessing"
    play.do(RESUME)
    assert stands(play) == "notifying"


@pytest.mark.req("R-WF-02", "R-STEP-12")
def test_a_halt_is_not_left_while_its_condition_holds() -> None:
    play = declared()
    play.do(halt("SEVERITY_NO_CONSENSUS"))
    assert play.refused(RESUME).code == "HALT_STILL_HOLDS"
    play.do(propose())
    play.do(RESUME)
    assert play.state.standing.halted is None


@pytest.mark.req("R-WF-02", "R-STEP-11")
def test_unconfirmed_alerts_are_confirmed_by_declaring() -> None:
    play = opened()
    play.do(halt("ALERT_VALIDITY_UNCONFIRMED"))
    assert play.refused(RESUME).code == "COMMANDER_ONLY"
    play.do(DECLARE)
    play.do(RESUME)


@pytest.mark.req("R-WF-02", "R-STEP-21")
def test_an_unclear_mitigation_is_cleared_by_a_plan() -> None:
    play = planning()
    play.do(halt("MITIGATION_UNCLEAR"))
    assert play.refused(RESUME).code == "HALT_STILL_HOLDS"
    play.do(PLAN)
    assert stands(play) == "planning"
    play.do(RESUME)
    assert stands(play) == "aligning"


@pytest.mark.req("R-WF-02", "R-STEP-22")
def test_a_checklist_that_expired_while_halted_still_halts() -> None:
    play = planning()
    play.do(PLAN)
    play.do(VerifyItem(item="data-backup", result="failed"))
    play.do(BACK)
    play.do(halt("ROLLBACK_PREREQ_UNMET"))
    assert play.refused(RESUME).code == "HALT_STILL_HOLDS"
    play.do(VerifyItem(item="data-backup"))
    play.forward(hours=25)
    assert play.refused(RESUME).code == "HALT_STILL_HOLDS"
    for item in play.state.planning.results:
        play.do(VerifyItem(item=item))
    play.do(RESUME)
    assert stands(play) == "aligning"


@pytest.mark.req("R-WF-02")
def test_a_step_is_not_halted_by_what_only_a_later_step_could_end() -> None:
    play = declared()
    for code in CONDITIONS:
        if code != "SEVERITY_NO_CONSENSUS":
            assert play.refused(halt(code)).code == "HALT_ELSEWHERE"
    assert aligning().refused(halt("ROLLBACK_PREREQ_UNMET")).code == "HALT_ELSEWHERE"


@pytest.mark.req("R-WF-02", "R-TRN-18")
def test_a_halt_does_not_trap_an_incident_that_goes_back_before_it() -> None:
    play = planning()
    play.do(halt("MITIGATION_UNCLEAR"))
    play.do(ReassessSeverity(rationale="It is worse than we thought."))
    play.do(RESUME)
    agree(play)
    play.do(SCOPE)
    tell(play)
    assert stands(play) == "planning"


@pytest.mark.req("R-WF-02", "R-TRN-24")
def test_a_halted_step_is_not_passed_by_doing_without_mitigation() -> None:
    play = planning()
    play.do(halt())
    refused = play.refused(MitigationIsNotRequired(kind="no_action", rationale="It went away."))
    assert refused.code == "HALTED"
    assert stands(play) == "planning"


@pytest.mark.req("R-WF-02", "R-ROL-29", "R-TRN-10")
def test_a_recovery_that_failed_and_was_waived_halts_nobody_any_more() -> None:
    play = recovering()
    play.do(checks("smoke_test"))
    play.do(halt("RECOVERY_VALIDATION_FAILED"))
    assert play.refused(RESUME).code == "HALT_STILL_HOLDS"
    play.do(RequestWaiver(gate="recovery", justification=WHY, recovery_plan="Repaired by hand tomorrow."))
    play.do(DecideWaiver(waiver="w1", verdict="approved", rationale=WHY))
    assert stands(play) == "validating_recovery"
    play.do(RESUME)
    assert stands(play) == "confirming_resolution"


def test_halting_and_resuming_come_in_pairs() -> None:
    play = declared()
    assert play.refused(RESUME).code == "NOT_HALTED"
    play.do(halt())
    assert play.refused(halt()).code == "HALTED"


@pytest.mark.req("R-TRN-20", "R-EVT-21")
@pytest.mark.parametrize(
    ("scene", "back"), [(agreed, "assessing"), (planning, "notifying"), (aligning, "verifying_rollback")]
)
def test_a_step_is_sent_back_to_the_one_before(scene: Callable[[], Play], back: str) -> None:
    play = scene()
    play.do(BACK)
    assert stands(play) == back


@pytest.mark.req("R-TRN-20")
def test_what_was_sent_back_goes_on_once_its_step_is_done_again() -> None:
    play = planning()
    play.do(BACK)
    assert stands(play) == "notifying"
    play.do(BACK)
    assert stands(play) == "assessing"
    play.do(SCOPE)
    assert stands(play) == "notifying"
    play.do(EvaluateGate(gate="severity"))
    assert stands(play) == "planning"


@pytest.mark.req("R-TRN-20")
def test_a_return_to_an_earlier_step_keeps_what_later_steps_have() -> None:
    play = aligning()
    for _ in range(3):
        play.do(BACK)
    assert stands(play) == "notifying"
    play.do(EvaluateGate(gate="severity"))
    # It was sent back to planning on its way, so the plan is proposed again.
    assert stands(play) == "planning"
    play.do(PLAN)
    assert stands(play) == "aligning"


@pytest.mark.req("R-TRN-20")
@pytest.mark.parametrize("scene", [opened, declared, executing])
def test_some_steps_have_none_before(scene: Callable[[], Play]) -> None:
    play = scene()
    refused = play.refused(BACK)
    assert refused.code == ("COMMANDER_ONLY" if stands(play) == "detecting" else "NO_STEP_BEFORE")


@pytest.mark.req("R-DEC-25")
def test_only_guideline_steps_are_skipped_and_their_outcome_is_still_owed() -> None:
    assert declared().refused(SKIP).code == "STEP_NOT_SKIPPABLE"
    play = agreed()
    play.do(SKIP)
    assert (play.facts[-1].step, stands(play)) == ("1.3", "notifying")
    assert play.refused(PLAN).code == "GATE_NOT_PASSED"
    aligning().do(SKIP)


@pytest.mark.req("R-ROL-21")
@pytest.mark.parametrize("mark", [RESUME, BACK, SKIP])
def test_only_the_commander_moves_a_step(mark: MarkStep) -> None:
    assert agreed().refused(mark, BOB).code == "COMMANDER_ONLY"


@pytest.mark.req("R-TRN-22", "R-ROL-02", "R-EVT-21", "R-DEC-33")
def test_escalations_climb_the_chain_and_end_with_it() -> None:
    play = declared()
    play.do(propose("SEV-2"))
    roles = [play.do(CALL)[0].to_role for _ in range(5)]
    assert roles == ["on_call_lead", "incident_commander", "technical_lead", "project_manager", "executive"]
    assert play.refused(CALL).code == "CHAIN_EXHAUSTED"


@pytest.mark.req("R-TRN-22")
def test_an_escalation_is_due_sooner_the_worse_it_is_and_open_until_somebody_answers() -> None:
    play = opened()
    raised, _ = play.do(CALL, CAROL)
    assert (raised.escalation_id, raised.due_at) == ("e1", "2026-03-01T02:20:02.000000Z")
    assert is_escalated(play.state.escalations)
    assert play.refused(Acknowledge(id="e1"), BOB).code == "NOT_TOLD"
    play.do(Acknowledge(id="e1"))
    assert not is_escalated(play.state.escalations)
    assert play.state.escalations["e1"].acknowledged_by == "p-alice"


def test_every_condition_is_of_a_step_that_there_is() -> None:
    assert set(STEPS) == {place.step for place in PLACES.values()}
