"""What is next, why it is blocked, and who can end that: it leads from the first minute to execution."""

from __future__ import annotations

import inspect
import re
from typing import get_args

import pytest

from domain.actions import TABLE
from domain.classified import Profile
from domain.crew.commands import CoverRole, TakeCommand
from domain.decisions.commands import ApprovePlan, RejectPlan
from domain.execution.commands import RecordOutOfBand, StartExecution
from domain.execution.safety import unmet
from domain.flow.commands import Escalate, MarkStep
from domain.flow.steps import STEPS
from domain.flow.transitions import OPEN as OPEN_STATES
from domain.flow.transitions import PLACES, State
from domain.gates.commands import EvaluateGate, RequestWaiver
from domain.incident import IncidentCommand
from domain.intake.commands import DismissIncident, OpenIncident
from domain.notices.commands import AttestNotice
from domain.planning.commands import ProposePlan, VerifyItem
from domain.severity.commands import ConfirmScope, ProposeSeverity, VoteSeverity
from projections.allowed import allowed
from projections.blockers import NAMED
from projections.next_step import FORWARD
from tests.support.looking import follow, upcoming
from tests.support.playing import ALICE, BOB, CAROL, DAVE, PROGRAM, Play
from tests.support.scenes import APPROVE, DECLARE, OPEN, PLAN, PROPOSE, SCOPE, TOLD


def codes(play: Play) -> list[str]:
    return [blocker.code for blocker in upcoming(play).blockers]


def warned(play: Play) -> dict[str, str]:
    return {warning.code: warning.what for warning in upcoming(play).warnings}


def played(*commands: IncidentCommand, profile: Profile = "team") -> Play:
    """Return an incident after commands of the commander."""
    play = Play(profile)
    for command in commands:
        play.do(command)
    return play


def test_every_state_has_a_next_step_and_every_step_of_a_state_is_described() -> None:
    assert set(FORWARD) == set(get_args(State))
    assert {place.step for place in PLACES.values()} <= STEPS.keys()
    assert all(forward.action is None or forward.action in TABLE for forward in FORWARD.values())


@pytest.mark.req("R-DEC-65", "R-WF-34", "R-STEP-11", "R-STEP-12", "R-STEP-13", "R-STEP-21", "R-STEP-23")
@pytest.mark.parametrize("profile", ["team", "solo"])
def test_doing_what_is_next_leads_from_the_first_minute_to_execution(profile: Profile) -> None:
    play = Play(profile)
    play.do(OPEN)
    done = []
    while play.state.state != "executing":
        done.append(follow(play))
        assert len(done) < 20, done
    assert done[:2] == ["declare", "propose-severity"]
    assert done[-1] == "start-execution"


@pytest.mark.req("R-STEP-11")
def test_at_first_somebody_has_to_say_whether_it_is_real() -> None:
    play = played(OPEN)
    assert codes(play) == ["ALERT_VALIDITY_UNCONFIRMED"]
    assert (upcoming(play).step, upcoming(play).next.action) == ("1.1", "declare")


@pytest.mark.req("R-STEP-12")
def test_votes_that_differ_are_named_with_who_cast_them() -> None:
    propose = ProposeSeverity(severity="SEV-2", rationale="Some payments fail.")
    play = played(OPEN, DECLARE, propose, profile="strict")
    play.do(VoteSeverity(severity="SEV-1", rationale="Every payment fails."), CAROL)
    assert codes(play)[0] == "VOTES_DIFFER"
    assert "p-alice says SEV-2, p-carol says SEV-1" in upcoming(play).next.what
    assert upcoming(play).next.example == {"severity": "SEV-1"}


@pytest.mark.req("R-STEP-12")
def test_too_few_votes_say_how_many_are_needed() -> None:
    play = played(OPEN, DECLARE, profile="strict")
    play.do(PROPOSE)
    assert codes(play)[0] == "RESPONDERS_TOO_FEW"
    assert "there are 1" in upcoming(play).next.what


@pytest.mark.req("R-STEP-13", "R-DIR-01")
def test_a_role_that_no_one_holds_is_said_and_can_be_covered() -> None:
    play = Play(people=(ALICE, CAROL))
    for command in (OPEN, DECLARE, PROPOSE, SCOPE):
        play.do(command)
    first = upcoming(play).next
    assert first.what.startswith("No one holds product_owner")
    assert (first.action, first.people) == ("cover-role", ("p-alice",))
    assert follow(play) == "cover-role"
    assert codes(play) == ["STAKEHOLDER_UNTOLD"]


@pytest.mark.req("R-DIR-01")
def test_a_role_that_no_one_holds_is_warned_of_from_the_declaration_on() -> None:
    play = Play(people=(ALICE, CAROL))
    play.do(OPEN)
    assert "ROLE_UNHELD" not in warned(play)
    play.do(DECLARE)
    assert warned(play)["ROLE_UNHELD"].startswith("No one holds product_owner")
    play.do(CoverRole(role="product_owner", by="p-carol", rationale="She is on the phone with them."))
    assert "ROLE_UNHELD" not in warned(play)
    assert "ROLE_UNHELD" not in warned(played(OPEN, DECLARE))


@pytest.mark.req("R-DIR-01")
def test_who_must_be_told_follows_the_severity_that_is_proposed() -> None:
    strict = [w.what for w in upcoming(played(OPEN, DECLARE, profile="strict")).warnings]
    assert any(what.startswith("No one holds executive") for what in strict)
    propose = ProposeSeverity(severity="SEV-3", rationale="One page is slow.")
    milder = [w.what for w in upcoming(played(OPEN, DECLARE, propose, profile="strict")).warnings]
    assert not any(what.startswith("No one holds executive") for what in milder)


@pytest.mark.req("R-DEC-28", "R-GATE-12")
def test_who_was_told_too_late_can_only_begin_a_new_round() -> None:
    play = played(OPEN, DECLARE, PROPOSE, SCOPE)
    play.forward(minutes=6)
    assert "NOTICE_LATE" in warned(play)
    assert "overdue since" in upcoming(play).next.what
    play.do(TOLD)
    assert codes(play) == ["NOTICE_TOO_LATE"]
    assert follow(play) == "propose-severity"
    assert play.state.severity.round == 2


@pytest.mark.req("R-STEP-21")
def test_a_plan_with_unknown_dependencies_is_unclear() -> None:
    play = played(OPEN, DECLARE, PROPOSE, SCOPE, TOLD)
    assert codes(play) == ["NO_PLAN"]
    play.do(ProposePlan(template="rollback", to_version="1.2.3", options=(), rationale="We go back."))
    assert "NO_PLAN" not in codes(play)


@pytest.mark.req("R-STEP-22")
def test_an_item_that_failed_is_named_and_verifying_it_ends_that() -> None:
    play = played(OPEN, DECLARE, PROPOSE, SCOPE, TOLD, PLAN)
    play.do(VerifyItem(item="data-backup", result="failed", justification="It cannot be restored."))
    found = next(b for b in upcoming(play).blockers if b.code == "ROLLBACK_PREREQ_UNMET")
    assert "data-backup (backup)" in found.what.replace("of the rollback checklist ", "")
    assert "failed" in found.what
    assert found.example == {"item": "data-backup"}
    play.do(VerifyItem(item="data-backup"))
    assert "ROLLBACK_PREREQ_UNMET" not in codes(play)


@pytest.mark.req("R-STEP-22", "R-GATE-20")
def test_what_was_verified_a_day_ago_has_to_be_verified_again() -> None:
    play = played(OPEN, DECLARE, PROPOSE, SCOPE, TOLD, PLAN)
    play.forward(hours=80)
    assert "expired" in next(b.what for b in upcoming(play).blockers if b.code == "ROLLBACK_PREREQ_UNMET")


@pytest.mark.req("R-STEP-23", "R-ROL-08")
def test_each_missing_approval_is_named_with_who_could_give_it() -> None:
    play = played(OPEN, DECLARE, PROPOSE, SCOPE, TOLD, PLAN)
    missing = [b for b in upcoming(play).blockers if b.code == "APPROVAL_MISSING"]
    assert [(b.who, b.people) for b in missing] == [
        (("incident_commander",), ("p-alice",)),
        (("release_manager",), ("p-bob",)),
    ]
    play.do(APPROVE)
    assert [b.who for b in upcoming(play).blockers] == [("release_manager",)]


@pytest.mark.req("R-ROL-08")
def test_where_nobody_else_can_approve_a_grant_is_suggested() -> None:
    play = Play(people=(ALICE, CAROL))
    for command in (OPEN, DECLARE, PROPOSE, SCOPE, TOLD, PLAN, APPROVE):
        play.do(command)
    assert "grant-role" in upcoming(play).next.what


@pytest.mark.req("R-STEP-23")
def test_a_rejection_blocks_until_the_plan_is_revised() -> None:
    play = played(OPEN, DECLARE, PROPOSE, SCOPE, TOLD, PLAN)
    play.do(RejectPlan(revision=1, rationale="It cannot read the new orders."), BOB)
    assert "PLAN_REJECTED" in codes(play)
    play.do(PLAN)
    assert "PLAN_REJECTED" not in codes(play)


@pytest.mark.req("R-PRE-40", "R-DEC-65")
def test_what_execution_needs_is_told_from_the_first_minute_and_blocks_nothing_before() -> None:
    play = played(OPEN, DECLARE)
    blocking = {item.id for item in upcoming(play).prerequisites if item.blocks}
    assert {"R-PRE-30", "R-PRE-31", "R-PRE-32", "R-PRE-33"} <= blocking
    assert "PREREQUISITE_MISSING" not in codes(play)
    for command in (PROPOSE, SCOPE, TOLD, PLAN, APPROVE):
        play.do(command)
    play.do(APPROVE, BOB)
    assert not [item for item in upcoming(play).prerequisites if item.blocks]
    play.forward(hours=90)
    assert "PREREQUISITE_MISSING" in codes(play)


@pytest.mark.req("R-WF-30", "R-GLO-05")
def test_nothing_is_in_the_way_exactly_when_execution_may_start() -> None:
    play = played(OPEN, DECLARE, PROPOSE, SCOPE, TOLD, PLAN, APPROVE)
    assert upcoming(play).blocked
    assert play.refused(StartExecution()).code in ("SAFETY_PRECONDITION_UNMET", "GATE_NOT_PASSED")
    play.do(APPROVE, BOB)
    assert not upcoming(play).blocked
    assert upcoming(play).next.action == "start-execution"
    play.do(StartExecution())
    assert (play.state.state, upcoming(play).step) == ("executing", "3.1")


@pytest.mark.req("R-WF-30")
def test_every_precondition_of_execution_can_be_said_in_words() -> None:
    named = re.findall(r'^ +"(\w+)": ', inspect.getsource(unmet), re.MULTILINE)
    assert list(NAMED) == named
    play = played(OPEN, DECLARE)
    refusal = play.refused(StartExecution())
    assert refusal.found is not None
    assert set(refusal.found.removeprefix("missing: ").split(", ")) <= set(named)


@pytest.mark.req("R-WF-02")
def test_a_halt_says_why_and_whether_that_still_holds() -> None:
    play = played(OPEN, DECLARE, PROPOSE, SCOPE, TOLD)
    play.do(
        MarkStep(mark="halted", rationale="The runbook contradicts itself.", halt_code="MITIGATION_UNCLEAR")
    )
    found = upcoming(play)
    assert found.halted == "MITIGATION_UNCLEAR"
    assert [b.code for b in found.blockers] == ["NO_PLAN", "HALTED"]
    assert "still holds" in found.blockers[1].what
    play.do(PLAN)
    assert "still holds" not in upcoming(play).blockers[-1].what


@pytest.mark.req("R-GATE-55")
def test_a_requested_waiver_waits_for_named_roles() -> None:
    play = played(OPEN, DECLARE, PROPOSE, SCOPE, TOLD, PLAN, EvaluateGate(gate="mitigation"))
    play.do(
        RequestWaiver(
            gate="mitigation", justification="Waiting costs orders.", risk_assessment="Ten minutes more."
        )
    )
    waits = [b for b in upcoming(play).blockers if b.code == "WAIVER_UNDECIDED"]
    assert [b.example["role"] for b in waits] == ["incident_commander", "release_manager"]


WAIVER = RequestWaiver(
    gate="mitigation", justification="Waiting costs orders.", risk_assessment="Ten minutes more."
)


@pytest.mark.req("R-GATE-55", "R-DEC-26")
def test_a_waiver_that_nobody_can_or_need_decide_is_in_nobodys_way() -> None:
    play = played(OPEN, DECLARE, PROPOSE, SCOPE, TOLD, PLAN, EvaluateGate(gate="mitigation"), WAIVER)
    assert "WAIVER_UNDECIDED" in codes(play)
    play.do(PLAN)  # another revision: the waiver was of the one before
    assert "WAIVER_UNDECIDED" not in codes(play)
    play.do(EvaluateGate(gate="mitigation"))
    play.do(WAIVER)
    assert "WAIVER_UNDECIDED" in codes(play)
    for who in (ALICE, BOB):
        play.do(ApprovePlan(revision=2, rationale="The version before ran well."), who)
    assert not upcoming(play).blocked  # the gate passes, whatever becomes of the waiver
    play.do(StartExecution())
    assert not upcoming(play).blocked


@pytest.mark.req("R-DEC-26")
def test_a_waiver_that_expired_waits_for_nobody() -> None:
    play = played(OPEN, DECLARE, PROPOSE, SCOPE, TOLD, PLAN, EvaluateGate(gate="mitigation"), WAIVER)
    play.forward(hours=100)
    assert "APPROVAL_MISSING" in codes(play)
    assert "WAIVER_UNDECIDED" not in codes(play)


@pytest.mark.req("R-ROL-08")
def test_what_was_done_outside_the_process_is_never_out_of_sight() -> None:
    play = played(OPEN, DECLARE, RecordOutOfBand(what="Restarted it.", why="Orders were being lost."))
    assert {"VIOLATED", "OUT_OF_BAND"} <= warned(play).keys()
    assert "gate 2 shows FAIL (violated)" in warned(play)["VIOLATED"]


@pytest.mark.req("R-PROF-01")
def test_profile_solo_says_what_it_lacks() -> None:
    assert warned(played(OPEN, profile="solo"))["SOLO"] == "profile solo: no separation of duties"
    assert "SOLO" not in warned(played(OPEN))


@pytest.mark.req("R-DRILL-01")
def test_a_drill_says_so_everywhere() -> None:
    drill = OpenIncident(title="A drill", environment="production", services=("checkout",), drill=True)
    assert "DRILL" in warned(played(drill))
    assert upcoming(played(drill)).drill


@pytest.mark.req("R-ROL-07")
def test_a_takeover_and_an_unanswered_call_are_warned_of() -> None:
    play = Play()
    play.do(OPEN, CAROL)
    play.do(DECLARE, CAROL)
    play.do(Escalate(rationale="Nobody answers the phone."), CAROL)
    assert "on_call_lead" in warned(play)["ESCALATED"]
    play.do(TakeCommand(rationale="The commander does not answer."), ALICE)
    assert "p-alice took the command over" in warned(play)["TAKEN_OVER"]


@pytest.mark.req("R-ROL-01")
def test_what_is_allowed_is_what_the_tables_allow() -> None:
    play = played(OPEN)
    mine = {row.action for row in allowed(play.state, CAROL)}
    assert {"declare", "add-timeline-entry", "join"} <= mine
    assert not {"open", "approve", "start-execution", "vote-severity"} & mine
    assert {row.action for row in allowed(play.state, PROGRAM)} == {
        "add-timeline-entry",
        "correct-timeline-entry",
    } | {"record-out-of-band"}
    assert upcoming(play).allowed


@pytest.mark.req("R-TRN-02")
def test_an_incident_that_was_none_asks_for_nothing() -> None:
    play = played(OPEN)
    # Only a commander dismisses; while nobody commands, the on-call lead may.
    play.do(DismissIncident(rationale="The probe had lost its network."))
    found = upcoming(play)
    assert (found.state, found.step, found.next.action, found.blockers) == ("dismissed", None, None, ())
    assert found.prerequisites == ()
    assert found.state not in OPEN_STATES


@pytest.mark.req("R-PRE-40")
def test_compliance_that_nobody_answered_for_is_asked_for() -> None:
    play = played(OPEN, DECLARE, PROPOSE, ConfirmScope(services=("checkout",)), TOLD, PLAN)
    assert "COMPLIANCE_UNKNOWN" in codes(play)
    play.do(ConfirmScope(services=("checkout",), regulated_data=True, customer_notification=False))
    found = {b.who for b in upcoming(play).blockers if b.code == "APPROVAL_MISSING"}
    assert ("security_compliance",) in found
    play.do(APPROVE)
    play.do(APPROVE, BOB)
    play.do(ApprovePlan(revision=1, rationale="No data leaves the region."), DAVE)
    assert not upcoming(play).blocked


def test_who_tells_everybody_in_one_go_is_enough() -> None:
    play = played(OPEN, DECLARE, PROPOSE, SCOPE)
    (only,) = upcoming(play).blockers
    assert only.example["roles"] == ["incident_commander", "sre_on_call", "product_owner"]
    play.do(AttestNotice(roles=tuple(only.example["roles"]), channel="phone"))
    assert play.state.state == "planning"
