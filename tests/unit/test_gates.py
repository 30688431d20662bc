"""Evaluating gates: modes, tightening, who is authoritative, and that it is a function (R-GATE-50 to 57)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from domain.gates.commands import EvaluateGate
from domain.gates.criterion import holds
from domain.gates.evaluating import case_of
from domain.gates.evaluator import evaluate
from domain.gates.facts import GateEvaluated, Mode
from domain.gates.table import GATES, NEVER_WAIVED, gate_named
from domain.planning.commands import RiskTold, VerifyItem
from domain.ratio import Ratio
from domain.role_names import ROLES
from tests.support.playing import BOB, PROGRAM, Play
from tests.support.scenes import (
    PLAN,
    SCOPE,
    START,
    agreed,
    aligning,
    approve,
    approved,
    planning,
    shows,
    stands,
    tell,
)

SOFT: tuple[Mode, ...] = ("standard", "relaxed")


def judged(play: Play, **asked: Any) -> GateEvaluated:
    """Return the verdict of an evaluation by hand."""
    fact = play.do(EvaluateGate(**{"gate": "mitigation", **asked}))[0]
    assert isinstance(fact, GateEvaluated)
    return fact


def passed(verdict: GateEvaluated, name: str) -> str:
    """Return how one criterion was judged."""
    return next(row.passed for row in verdict.criteria if row.id == name)


@pytest.mark.req("R-GATE-01", "R-GATE-10", "R-GATE-11", "R-GATE-12", "R-GATE-13")
def test_gate_1_has_the_criteria_of_the_protocol() -> None:
    play = planning()
    fact = play.state.gates.authoritative["severity_alignment"].fact
    assert {row.id: (row.actual.num, row.threshold.num) for row in fact.criteria if row.actual} == {
        "consensus_rate": (1, 1),
        "responders": (1, 1),
        "severity_assessment.status": (1, 1),
        "communication_log.notifications_sent": (1, 1),
        "stakeholder_count": (3, 1),
        "notification_latency": (2000, 300_000),
    }


@pytest.mark.req("R-GATE-02", "R-GATE-20", "R-GATE-21", "R-GATE-22", "R-GATE-24")
def test_gate_2_has_the_criteria_of_the_protocol() -> None:
    names = [row.id for row in GATES["mitigation_readiness"].criteria]
    assert names == [
        "rollback_prerequisite_coverage",
        "prerequisite_count",
        "decision_approval",
        "outstanding_rejections",
        "rollback_readiness.status",
        "decision_log.approvals",
        "compliance_approval",
        "strategy_completeness",
    ]


@pytest.mark.req("R-GATE-14", "R-EVT-22")
def test_gate_1_records_numbers_that_decide_nothing() -> None:
    fact = planning().state.gates.authoritative["severity_alignment"].fact
    assert {row.id: row.actual.num for row in fact.metrics} == {
        "detect_to_declare": 1000,
        "acknowledged_count": 0,
        "silent_count": 0,
    }


@pytest.mark.req("R-GATE-52", "R-DEC-27")
@pytest.mark.parametrize("mode", SOFT)
def test_only_a_strict_verdict_opens_a_gate(mode: Mode) -> None:
    play = aligning()
    play.do(VerifyItem(item="data-backup", result="failed"))
    found = judged(play, mode=mode)
    assert (found.authoritative, found.mode) == (False, mode)
    assert shows(play) == "NOT_EVALUATED"
    assert play.refused(START).code == "SAFETY_PRECONDITION_UNMET"


@pytest.mark.req("R-GATE-52")
def test_relaxed_softens_thresholds_and_standard_only_minima() -> None:
    play = planning()
    play.do(msgspec.structs.replace(PLAN, risks=(RiskTold(risk="Data"),)))
    play.do(VerifyItem(item="data-backup", result="failed"))
    for mode, threshold, minimum in (
        ("strict", "no", "no"),
        ("standard", "no", "warning"),
        ("relaxed", "warning", "warning"),
    ):
        found = judged(play, mode=mode)
        assert passed(found, "rollback_prerequisite_coverage") == threshold
        assert passed(found, "strategy_completeness") == minimum


@pytest.mark.req("R-GATE-52", "R-GATE-01")
@pytest.mark.parametrize("mode", SOFT)
def test_gate_1_never_softens(mode: Mode) -> None:
    found = judged(agreed(), gate="severity", mode=mode)
    assert found.result == "FAIL"
    assert "warning" not in {row.passed for row in found.criteria}


@pytest.mark.req("R-GATE-53")
@pytest.mark.parametrize(("sla_s", "authoritative"), [(299, True), (300, True), (301, False)])
def test_a_limit_asked_for_by_hand_may_only_tighten(sla_s: int, *, authoritative: bool) -> None:
    play = agreed()
    play.forward(seconds=299)
    tell(play)
    found = judged(play, gate="severity", sla_s=sla_s)
    assert found.authoritative is authoritative
    assert found.result == ("PASS" if sla_s == 301 else "FAIL")
    assert found.tightened is not None
    assert found.tightened.sla_ms == sla_s * 1000
    assert stands(play) == "notifying"


@pytest.mark.req("R-GATE-53", "R-TRN-05")
def test_a_tightened_failure_is_on_record_and_the_policy_still_decides() -> None:
    play = planning()
    assert judged(play, gate="severity", sla_s=0).result == "FAIL"
    assert shows(play, "severity_alignment") == "PASS"
    play.do(PLAN)


@pytest.mark.req("R-GATE-53")
@pytest.mark.parametrize("gate", ["severity", "mitigation"])
def test_a_looser_threshold_is_a_diagnosis(gate: str) -> None:
    assert not judged(approved(), gate=gate, threshold="0.5").authoritative
    assert judged(approved(), gate=gate, threshold="1.0").authoritative


@pytest.mark.req("R-GATE-53")
def test_an_option_that_no_criterion_heeds_is_not_on_record() -> None:
    assert judged(approved(), sla_s=1).tightened is None


@pytest.mark.req("R-GATE-54", "R-GATE-50")
def test_a_later_pass_deletes_no_failure() -> None:
    play = aligning()
    failed = judged(play)
    play.do(approve())
    play.do(approve(), BOB)
    assert shows(play) == "PASS"
    assert failed in play.facts


@pytest.mark.req("R-GATE-51")
def test_a_verdict_depends_on_facts_policy_and_the_recorded_time_alone() -> None:
    play = approved()
    case = case_of(play.state, play.context(SCOPE, BOB))
    assert evaluate("mitigation_readiness", case) == evaluate("mitigation_readiness", case)
    later = msgspec.structs.replace(case, at="2026-03-02T02:16:00.000000Z")
    assert evaluate("mitigation_readiness", later).result == "FAIL"
    assert evaluate("mitigation_readiness", case).at_version == play.state.version


@pytest.mark.req("R-GATE-51")
def test_a_program_may_evaluate_and_gets_the_same_verdict() -> None:
    play = approved()
    mine = judged(play)
    theirs = play.do(EvaluateGate(gate="mitigation"), PROGRAM)[0]
    assert (mine.criteria, mine.result) == (theirs.criteria, theirs.result)


@pytest.mark.req("R-GATE-54")
@pytest.mark.parametrize(
    "row", [row for gate in GATES.values() for row in gate.criteria], ids=lambda row: row.id
)
def test_every_criterion_says_what_helps_and_whose_it_is(row: Any) -> None:
    assert row.remedy.endswith(".")
    assert row.owner in ROLES
    assert row.cosigned_by is None or row.cosigned_by in ROLES
    assert row.gate in GATES


def test_a_gate_that_is_not_reached_yet_says_so() -> None:
    assert agreed().refused(EvaluateGate(gate="recovery")).code == "GATE_NOT_DUE"


@pytest.mark.req("R-DEC-26", "R-CFG-05")
def test_gates_1_and_4_are_never_waived_under_any_name() -> None:
    assert {gate_named(name) for name in ("severity", "resolution")} == NEVER_WAIVED
    assert gate_named("severity_alignment") == "severity_alignment"


@pytest.mark.req("R-DEC-22")
@pytest.mark.parametrize(
    ("op", "actual", "threshold", "met"),
    [
        (">=", Ratio(19, 20), Ratio(19, 20), True),
        (">=", Ratio(18, 19), Ratio(19, 20), False),
        (">=", Ratio(0, 0), Ratio(0, 1), False),
        ("<=", Ratio(300_000), Ratio(300_000), True),
        ("<=", Ratio(300_001), Ratio(300_000), False),
        ("=", Ratio(2, 2), Ratio(1), True),
        ("=", Ratio(2, 1), Ratio(1), False),
    ],
)
def test_thresholds_are_inclusive_and_nothing_of_nothing_meets_none(
    op: Any, actual: Ratio, threshold: Ratio, *, met: bool
) -> None:
    assert holds(op, actual, threshold) is met
