"""What runs, fails, recovers halfway and comes back: told over HTTP, each exported and verified offline."""

from __future__ import annotations

import pytest

from tests.support.stories import CHECKS, PLAN, WHY
from tests.support.tales import OVER, Stage, Tale, checks

RECOVERY_PLAN = "Orders are placed again; the smoke test needs a certificate that is renewed on Monday."


def failed(stage: Stage) -> Tale:
    """Return an incident whose rollback returned 1, which halts it."""
    tale = stage.tell("executing")
    done = tale.do(tale.cast.alice, "record-command", exit_code=1, output="disk full on checkout-7")
    assert done.kinds == ["mitigation-command-executed", "step-marked"]
    assert done.data("step-marked")["halt_code"] == "EXECUTION_FAILED"
    assert tale.state == "executing"
    return tale


@pytest.mark.req("R-TRN-16", "R-STEP-31", "R-GATE-24")
def test_a_rollback_that_fails_goes_back_to_planning_and_another_revision_recovers(stage: Stage) -> None:
    tale = failed(stage)
    alice, _, carol, _ = tale.cast
    tale.refused(alice, "mark-step", "HALT_STILL_HOLDS", mark="resumed", rationale=WHY)
    tale.refused(carol, "re-enter-planning", "ROLE_MISSING", rationale=WHY)
    back = tale.do(alice, "re-enter-planning", rationale="1.2.3 does not fit on the disks any more.")
    assert back.data("mitigation-planning-reentered")["cause"] == "execution_halted"
    assert tale.state == "planning"
    tale.do(alice, "propose-plan", template="rollback", to_version="1.2.2")
    tale.refused(alice, "start-execution", "SAFETY_PRECONDITION_UNMET")
    tale.approved(revision=2).recovered().to_the_end()

    found = tale.export(disclose=True)
    attempts = found.artifact("mitigation-execution-report.json")["data"]["attempts"]
    assert [(it["attempt"], it["plan_revision"], it["to_version"]) for it in attempts] == [
        (1, 1, "1.2.3"),
        (2, 2, "1.2.2"),
    ]
    report = found.readable("INCIDENT-REPORT.md")
    assert "disk full on checkout-7" in report
    assert "1.2.3 does not fit on the disks any more." in report


@pytest.mark.req("R-TRN-17")
def test_the_same_plan_is_executed_again_on_the_commanders_word_and_keeps_its_approvals(stage: Stage) -> None:
    tale = failed(stage)
    alice, bob, *_ = tale.cast
    tale.refused(alice, "start-execution", "NO_RERUN")
    tale.refused(bob, "start-execution", "ROLE_MISSING", rerun="I freed the disk.")
    again = tale.do(alice, "start-execution", rerun="The disk has room again.")
    assert again.data("mitigation-execution-started")["attempt"] == 2
    tale.refused(alice, "start-execution", "NO_RERUN", rerun="Once more.")
    tale.recovered().to_the_end()
    assert tale.incident.kinds.count("decision-given") == 2, "nobody had to approve it again"
    assert "The disk has room again." in tale.export(disclose=True).readable("INCIDENT-REPORT.md")


def test_a_command_that_failed_is_run_again_and_the_commander_goes_on(stage: Stage) -> None:
    tale = failed(stage)
    alice = tale.cast.alice
    tale.do(alice, "record-command", exit_code=0)
    tale.do(alice, "mark-step", mark="resumed", rationale="The disk has room again, and it went through.")
    tale.do(tale.cast.bob, "record-checks", checks=checks())
    assert tale.state == "confirming_resolution"
    runs = tale.export().artifact("mitigation-execution-report.json")["data"]["attempts"][0]["commands"]
    assert [(it["exit_code"], it["outcome"]) for it in runs] == [(1, "failed"), (0, "success")]


@pytest.mark.req("R-WF-04")
def test_a_flag_that_does_not_help_is_followed_by_the_rollback_that_was_ready(stage: Stage) -> None:
    tale = stage.tell("planning")
    alice, bob, *_ = tale.cast
    flag = {"template": "feature_flag", "variables": {"flag": "new-checkout"}, "to_version": "1.2.3"}
    selected = tale.do(alice, "propose-plan", **flag).data("mitigation-option-selected")
    assert (selected["option_id"], selected["fallback_option_id"]) == ("B", "A")
    tale.refused(alice, "select-option", "FALLBACK_MISSING", option="B", rationale=WHY)
    tale.approved().executed()
    done = tale.do(bob, "record-checks", checks=checks("api_health", "error_rate"))
    assert done.data("recovery-validation-completed")["status"] == "failed"
    assert done.data("gate-evaluated")["result"] == "FAIL"
    back = tale.do(alice, "re-enter-planning", rationale="It is not the flag.")
    assert back.data("mitigation-planning-reentered")["cause"] == "recovery_failed"
    tale.do(alice, "propose-plan", **PLAN)
    tale.approved(revision=2).recovered().to_the_end()
    attempts = tale.export().artifact("mitigation-execution-report.json")["data"]["attempts"]
    assert [it["option_id"] for it in attempts] == ["B", "A"]


@pytest.mark.req("R-WF-04")
def test_a_hotfix_with_a_rollback_ready_needs_none(stage: Stage) -> None:
    tale = stage.tell("planning")
    fix = {"template": "hotfix", "variables": {"fix_version": "1.3.1"}, "to_version": "1.2.3"}
    tale.do(tale.cast.alice, "propose-plan", **fix)
    tale.approved().recovered().to_the_end(kind="hotfix")
    found = tale.export(disclose=True)
    assert "./deploy.sh 1.3.1" in found.readable("mitigation-plan.md")
    assert found.artifact("resolution-summary.json")["data"]["kind"] == "hotfix"


@pytest.mark.req("R-ROL-29", "R-DEC-30", "R-GATE-55")
def test_a_partial_recovery_goes_on_with_a_waiver_of_the_commander_alone_and_everything_shows_it(
    stage: Stage,
) -> None:
    tale = stage.tell("executing").executed()
    alice, bob, *_ = tale.cast
    done = tale.do(bob, "record-checks", checks=checks("smoke_test"))
    assert done.data("recovery-validation-completed")["status"] == "partial"
    assert tale.light("recovery_validation") == "FAIL"
    waiver = {"gate": "recovery", "justification": WHY}
    tale.refused(alice, "request-waiver", "WAIVER_INCOMPLETE", risk_assessment="None.", **waiver)
    asked = tale.do(bob, "request-waiver", recovery_plan=RECOVERY_PLAN, **waiver).data(
        "gate-waiver-requested"
    )
    assert asked["required_roles"] == ["incident_commander"]
    assert tale.light("recovery_validation") == "WAIVER_PENDING"
    said = {"waiver": asked["waiver_id"], "verdict": "approved", "rationale": "Customers can pay."}
    tale.refused(bob, "decide-waiver", "ROLE_MISSING", **said)
    tale.do(alice, "decide-waiver", **said)
    assert (tale.light("recovery_validation"), tale.state) == ("WAIVED", "confirming_resolution")
    tale.ends()
    tale.to_the_end()

    found = tale.export(disclose=True)
    gate = found.artifact("recovery-gate-validation.json")["data"]
    assert gate["waivers"], gate
    report = found.readable("INCIDENT-REPORT.md")
    assert RECOVERY_PLAN in report
    assert "Customers can pay." in report
    (listed,) = found.artifact("evidence-manifest.json")["data"]["waivers"]
    assert (listed["gate"], listed["status"]) == ("recovery_validation", "granted")


@pytest.mark.req("R-TRN-19", "R-STEP-41")
def test_an_alert_that_fires_again_is_a_breach_and_the_service_is_watched_anew(stage: Stage) -> None:
    tale = stage.tell("executing").recovered()
    alice = tale.cast.alice
    tale.clock.forward(minutes=10)
    tale.fires_again()
    tale.refused(alice, "verify-restoration", "ALERTS_FIRING", alerts={"cleared": True})
    seen = tale.do(alice, "verify-restoration", stability={"breaches": 0})
    assert seen.data("stability-window-observed")["breaches"] == 1, "the alert says so, whoever counts"
    tale.clock.forward(minutes=2)
    tale.ends()
    ended = tale.clock.now
    tale.watched()
    tale.told("resolution")
    problem = tale.refused(alice, "confirm-resolution", "NOT_STABLE_OR_COMMS_UNSENT", **OVER)
    assert problem["found"] == "missing: stability_window"
    tale.do(alice, "verify-restoration", stability={"breaches": 0, "started_at": ended.isoformat()})
    tale.do(alice, "confirm-resolution", **OVER)
    assert tale.state == "capturing_rca"
    assert "1 relapse" in tale.export(disclose=True).readable("INCIDENT-REPORT.md")


@pytest.mark.req("R-TRN-19")
def test_what_comes_back_inside_the_window_may_be_planned_for_anew(stage: Stage) -> None:
    tale = stage.tell("executing").recovered()
    alice, bob, *_ = tale.cast
    tale.clock.forward(minutes=10)
    tale.fires_again()
    back = tale.do(alice, "re-enter-planning", rationale="The same errors, ten minutes later.")
    assert back.data("mitigation-planning-reentered")["cause"] == "recurrence"
    tale.refused(bob, "record-checks", "NOT_NOW", checks=checks(*CHECKS[:1]))
    tale.do(alice, "propose-plan", template="rollback", to_version="1.2.2")
    tale.approved(revision=2).recovered().to_the_end()
    validated = [f.data["attempt"] for f in tale.incident.facts if f.kind == "recovery-validation-completed"]
    assert validated == [1, 2]
    tale.export()
