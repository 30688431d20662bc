"""What was approved is run: commands on record, failures, halts, tries, and starting over (R-STEP-31)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.context import Principal
from domain.execution.commands import RecordCommand, ReenterPlanning, StartExecution
from domain.flow.commands import MarkStep
from domain.intake.commands import MitigationIsNotRequired
from domain.moment import timestamp
from domain.planning.commands import DependencyTold, OptionTold, ProposePlan, SelectOption
from domain.severity.commands import ReassessSeverity
from tests.support.playing import ALICE, BOB, CAROL, Play
from tests.support.scenes import (
    DONE,
    PLAN,
    SCOPE,
    START,
    WHY,
    agree,
    approve,
    checks,
    executing,
    planning,
    recovering,
    stands,
    tell,
)

FAILED = RecordCommand(exit_code=1)
RESUME = MarkStep(mark="resumed", rationale="It ran the second time.")
BACK = ReenterPlanning(rationale="The script cannot know the new schema.")
AGAIN = StartExecution(rerun="A node was out of disk; there is room now.")
THREE = ProposePlan(
    template="rollback",
    to_version="1.2.3",
    options=(
        OptionTold(
            option_id="A",
            kind="rollback",
            title="Step by step",
            commands=("drain", "roll", "fill"),
            dependencies=(DependencyTold(name="the build"),),
        ),
        OptionTold(option_id="B", kind="other", title="Wait"),
    ),
    select="A",
    fallback="B",
)


def of_three() -> Play:
    """Return an incident in which an option of three commands is executed."""
    play = planning()
    play.do(THREE)
    for who in (ALICE, BOB):
        play.do(approve(), who)
    play.do(START)
    return play


@pytest.mark.req("R-STEP-31", "R-TRN-09", "R-EVT-17")
def test_with_the_last_command_the_execution_is_complete() -> None:
    play = of_three()
    assert play.kinds(play.do(DONE)) == ["MitigationCommandExecuted"]
    play.do(RecordCommand(line=3, exit_code=0), CAROL)
    assert stands(play) == "executing"
    ran, completed = play.do(DONE)
    assert (ran.seq, ran.tried, ran.outcome) == (2, 1, "success")
    assert (completed.commands_total, completed.commands_succeeded) == (3, 3)
    assert stands(play) == "validating_recovery"


@pytest.mark.req("R-STEP-31", "R-WF-02")
def test_a_command_that_fails_halts_the_step_until_it_succeeds_and_the_commander_goes_on() -> None:
    play = executing()
    ran, halted = play.do(FAILED, CAROL)
    assert (ran.outcome, halted.mark, halted.halt_code) == ("failed", "halted", "EXECUTION_FAILED")
    assert play.refused(RESUME).code == "HALT_STILL_HOLDS"
    (again,) = play.do(DONE)
    assert (again.seq, again.tried) == (1, 2)
    assert play.refused(RESUME, CAROL).code == "COMMANDER_ONLY"
    _, completed = play.do(RESUME)
    assert (completed.commands_succeeded, stands(play)) == (1, "validating_recovery")


@pytest.mark.req("R-STEP-31")
def test_after_an_unexpected_result_the_commander_alone_says_whether_it_goes_on() -> None:
    play = executing()
    play.do(RecordCommand(exit_code=0, outcome="unexpected"))
    assert play.state.standing.halted == "EXECUTION_UNEXPECTED"
    _, completed = play.do(MarkStep(mark="resumed", rationale="It warned, and it is up."))
    assert (completed.commands_succeeded, stands(play)) == (0, "validating_recovery")
    assert play.state.standing.halted is None


@pytest.mark.req("R-STEP-31")
def test_only_what_was_approved_is_recorded_as_a_command() -> None:
    play = of_three()
    refusal = play.refused(RecordCommand(line=4, exit_code=0))
    assert (refusal.code, refusal.place, refusal.expected) == ("COMMAND_NOT_APPROVED", "line", "1 to 3")
    play.do(RecordCommand(line=2, exit_code=0))
    assert play.refused(RecordCommand(line=2, exit_code=0), CAROL).code == "COMMAND_DONE"


@pytest.mark.req("R-STEP-31")
@pytest.mark.parametrize(
    ("command", "code"),
    [
        (RecordCommand(), "OUTCOME_MISSING"),
        (RecordCommand(exit_code=2, outcome="success"), "OUTCOME_CONTRADICTED"),
    ],
)
def test_how_a_command_went_is_said_once_and_without_contradiction(command: RecordCommand, code: str) -> None:
    assert executing().refused(command).code == code


@pytest.mark.req("R-EVT-17")
def test_an_exit_code_that_was_expected_is_a_success_and_no_code_means_by_hand() -> None:
    play = of_three()
    odd, by_hand = (
        play.do(RecordCommand(exit_code=3, expected_exit_code=3)),
        play.do(RecordCommand(outcome="success", output="The console says done.")),
    )
    assert (odd[0].outcome, odd[0].exit_code) == ("success", 3)
    assert (by_hand[0].exit_code, by_hand[0].command) == (None, None)


@pytest.mark.req("R-WF-33")
def test_a_command_ended_after_it_began_and_not_in_the_future() -> None:
    play = executing()
    early, late = play.now - timedelta(minutes=2), play.now + timedelta(hours=1)
    refusal = play.refused(RecordCommand(exit_code=0, started_at=play.now, ended_at=early))
    assert (refusal.code, refusal.place) == ("TIMES_REVERSED", "started_at")
    assert play.refused(RecordCommand(exit_code=0, ended_at=late)).code == "TIME_AHEAD"
    ran, _ = play.do(RecordCommand(exit_code=0, ended_at=early, duration_ms=1_500))
    assert ran.duration_ms == 1_500


@pytest.mark.req("R-WF-33")
def test_a_duration_makes_the_time_that_is_not_told() -> None:
    play = of_three()
    early, minute = play.now - timedelta(minutes=2), timedelta(minutes=1)
    said = (
        play.do(RecordCommand(exit_code=0, started_at=early, duration_ms=60_000))[0],
        play.do(RecordCommand(exit_code=0, ended_at=early, duration_ms=60_000))[0],
        play.do(RecordCommand(exit_code=0, started_at=early, ended_at=early + minute, duration_ms=60_000))[0],
    )
    assert [(fact.started_at, fact.at, fact.duration_ms) for fact in said] == [
        (timestamp(early), timestamp(early + minute), 60_000),
        (timestamp(early - minute), timestamp(early), 60_000),
        (timestamp(early), timestamp(early + minute), 60_000),
    ]


@pytest.mark.req("R-WF-33")
@pytest.mark.parametrize("took", [2**53 - 1, 60 * 365 * 86_400_000])
def test_a_duration_that_nothing_can_have_is_refused(took: int) -> None:
    play = executing()
    for told in (
        RecordCommand(exit_code=0, duration_ms=took),
        RecordCommand(exit_code=0, ended_at=play.now, duration_ms=took),
        RecordCommand(exit_code=0, started_at=play.now - timedelta(seconds=1), duration_ms=took),
    ):
        refusal = play.refused(told)
        assert (refusal.code, refusal.place, refusal.found) == ("DURATION_TOO_LONG", "duration_ms", str(took))


@pytest.mark.req("R-WF-33")
def test_a_duration_that_the_two_times_do_not_say_is_refused() -> None:
    play = executing()
    early = play.now - timedelta(minutes=2)
    refusal = play.refused(RecordCommand(exit_code=0, started_at=early, ended_at=play.now, duration_ms=9))
    assert (refusal.code, refusal.expected, refusal.found) == ("DURATION_CONTRADICTED", "120000", "9")


def test_before_and_after_an_attempt_nothing_runs() -> None:
    assert planning().refused(DONE).code == "NOTHING_RUNS"
    assert recovering().refused(DONE).code == "NOTHING_RUNS"


@pytest.mark.req("R-TRN-18")
def test_what_runs_is_recorded_while_severity_is_assessed_anew_and_the_incident_goes_on_from_there() -> None:
    play = executing()
    play.do(ReassessSeverity(rationale=WHY))
    assert play.kinds(play.do(DONE)) == ["MitigationCommandExecuted", "MitigationExecutionCompleted"]
    assert stands(play) == "assessing"
    agree(play, "SEV-2")
    play.do(SCOPE)
    tell(play)
    assert stands(play) == "validating_recovery"


@pytest.mark.req("R-TRN-17")
def test_a_halted_execution_goes_back_to_planning_where_another_revision_is_wanted() -> None:
    play = executing()
    assert play.refused(BACK).code == "NOTHING_FAILED"
    play.do(FAILED)
    (back,) = play.do(BACK)
    assert (back.cause, back.from_attempt, stands(play)) == ("execution_halted", 1, "planning")
    assert play.state.standing.halted is None
    play.do(SelectOption(option="A", rationale=WHY))
    assert stands(play) == "planning"
    play.do(PLAN)
    assert stands(play) == "aligning"
    assert play.refused(START).code == "SAFETY_PRECONDITION_UNMET"
    for who in (ALICE, BOB):
        play.do(approve(2), who)
    started = play.do(START)[-1]
    assert (started.attempt, started.plan_revision) == (2, 2)


@pytest.mark.req("R-TRN-17")
def test_the_commander_has_the_same_plan_executed_again_with_its_approvals() -> None:
    play = executing()
    assert play.refused(AGAIN).code == "NO_RERUN"
    play.do(FAILED)
    assert play.refused(START).code == "NO_RERUN"
    started = play.do(AGAIN)[-1]
    assert (started.attempt, started.plan_revision, started.rerun is not None) == (2, 1, True)
    assert (play.state.execution.ran, play.state.standing.halted) == ({}, None)
    play.do(DONE)
    assert stands(play) == "validating_recovery"


@pytest.mark.req("R-TRN-17", "R-ROL-26")
def test_somebody_who_executes_and_does_not_command_has_nothing_executed_again() -> None:
    team = Principal(id="p-eve", type="user", roles=("sre_team",))
    play = executing()
    play.do(FAILED)
    assert play.refused(AGAIN, team).code == "COMMANDER_ONLY"


def test_a_plan_that_was_not_executed_is_not_executed_again() -> None:
    play = planning()
    play.do(PLAN)
    assert play.refused(AGAIN).code == "NO_RERUN"
    play.do(MitigationIsNotRequired(kind="self_recovered", rationale=WHY))
    play.do(checks("data_integrity"))
    assert play.refused(AGAIN).found == "none"
