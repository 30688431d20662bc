"""Executions and waivers that no rule would have recorded where they stand (R-GATE-51, R-WF-30)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from domain.execution.commands import RecordOutOfBand
from domain.execution.facts import (
    MitigationCommandExecuted,
    MitigationExecutionStarted,
    MitigationPlanningReentered,
)
from domain.flow.commands import MarkStep
from domain.gates.commands import DecideWaiver, RequestWaiver
from domain.gates.facts import GateScope, GateWaiverDecided, GateWaiverRequested
from domain.prose import prose
from domain.rederiving import follows
from tests.support.looking import derived
from tests.support.playing import Play, policy
from tests.support.scenes import (
    DONE,
    START,
    agree,
    aligning,
    approved,
    checks,
    executing,
    planning,
    recovering,
    resolving,
)

WHY = prose("So that it is on record.")
STARTED = MitigationExecutionStarted(attempt=9, plan_revision=9, option_id="zz")
AGAIN = replace(STARTED, rerun=WHY)
RAN = MitigationCommandExecuted(
    attempt=9,
    seq=1,
    tried=9,
    outcome="success",
    started_at="2026-03-01T02:20:00.000000Z",
    at="2026-03-01T02:20:01.000000Z",
    duration_ms=9,
    exit_code=1,
)
BACK = MitigationPlanningReentered(from_attempt=9, cause="gate_failed", rationale=WHY)
WAIVER = GateWaiverRequested(
    waiver_id="w9",
    gate="recovery_validation",
    evaluation_id="g9",
    scope=GateScope(attempt=9),
    criteria=("recovery_validation_success",),
    required_roles=(),
    justification=WHY,
    expires_at="2999-01-01T00:00:00.000000Z",
    recovery_plan=WHY,
)
DECIDED = GateWaiverDecided(waiver_id="w1", verdict="approved", role="incident_commander", rationale=WHY)


def violated() -> Play:
    """Return an incident in which somebody acted past gate 2 since it passed."""
    play = approved()
    play.do(RecordOutOfBand(what="Restarted it by hand.", why="Orders were being lost."))
    return play


def sent_back() -> Play:
    """Return an incident with all approvals whose checklist is verified again."""
    play = approved()
    play.do(MarkStep(mark="returned", rationale="We missed something before."))
    return play


def new_round() -> Play:
    """Return an incident with all approvals whose severity is being assessed anew."""
    play = approved()
    agree(play, "SEV-2")
    return play


def failed() -> Play:
    """Return an incident that did not recover."""
    play = recovering()
    play.do(checks("smoke_test"))
    return play


def asked() -> Play:
    """Return an incident in which gate 3 may be waived."""
    play = failed()
    play.do(RequestWaiver(gate="recovery", justification="It is enough.", recovery_plan="By hand, later."))
    return play


def waived() -> Play:
    """Return an incident in which gate 3 was waived."""
    play = asked()
    play.do(DecideWaiver(waiver="w1", verdict="approved", rationale="It is enough for now."))
    return play


@pytest.mark.req("R-GATE-51", "R-WF-30")
@pytest.mark.parametrize(
    ("scene", "fact"),
    [
        (planning, STARTED),
        (aligning, STARTED),
        (violated, STARTED),
        (sent_back, STARTED),
        (new_round, STARTED),
        (executing, STARTED),
        (executing, AGAIN),
        (approved, AGAIN),
        (approved, RAN),
        (recovering, RAN),
        (executing, replace(RAN, seq=2)),
        (executing, replace(RAN, seq=0)),
        (executing, BACK),
        (recovering, BACK),
        (recovering, WAIVER),
        (resolving, WAIVER),
        (failed, replace(WAIVER, criteria=())),
        (failed, replace(WAIVER, criteria=("execution_success",))),
        (failed, replace(WAIVER, recovery_plan=None)),
        (failed, replace(WAIVER, gate="resolution_documentation")),
        (failed, DECIDED),
        (asked, replace(DECIDED, role="sre_lead")),
        (waived, DECIDED),
    ],
)
def test_what_the_rules_refuse_does_not_follow(scene: Callable[[], Play], fact: Any) -> None:
    assert derived(scene(), fact) is None


@pytest.mark.req("R-GATE-51", "R-GATE-55")
@pytest.mark.parametrize(
    ("scene", "fact", "names"),
    [
        (approved, STARTED, {"attempt", "plan_revision", "option_id", "to_version"}),
        (failed, AGAIN, {"attempt", "plan_revision", "option_id", "to_version"}),
        (executing, RAN, {"attempt", "tried", "outcome", "duration_ms"}),
        (failed, BACK, {"from_attempt", "cause"}),
        (failed, WAIVER, {"waiver_id", "evaluation_id", "scope", "required_roles", "expires_at"}),
        (asked, DECIDED, set()),
    ],
)
def test_what_the_record_says_is_not_what_somebody_claims(
    scene: Callable[[], Play], fact: Any, names: set[str]
) -> None:
    found = derived(scene(), fact)
    assert {name for name in fact.__struct_fields__ if getattr(fact, name) != getattr(found, name)} == names


@pytest.mark.req("R-GATE-51")
def test_what_the_rules_recorded_follows() -> None:
    play = approved()
    before, at = play.state, len(play.facts)
    play.do(START)
    started = next(fact for fact in play.facts[at:] if isinstance(fact, MitigationExecutionStarted))
    assert follows(before, started, policy("team"), play.state.recorded_at) == started
    before = play.state
    ran = play.do(DONE)[0]
    assert follows(before, ran, policy("team"), play.state.recorded_at) == ran
