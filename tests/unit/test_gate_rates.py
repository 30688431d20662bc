"""How often gates pass is counted by gate, mode, severity and quarter."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.gates.facts import GateEvaluated, GateScope
from domain.intake.facts import IncidentOpened
from domain.prose import prose
from domain.ratio import Ratio
from domain.severity.facts import SeverityConsensusReached
from projections.gate_rates import gate_rates, quarter_of
from tests.support.meaning import recorded

START = datetime(2026, 3, 31, 23, 58, tzinfo=UTC)


def opened(*, drill: bool = False) -> IncidentOpened:
    return IncidentOpened(
        origin="person",
        why="manual",
        title=prose("x"),
        services=(),
        detected_at="2026-03-01T02:15:00.000000Z",
        drill=drill,
        visibility="open",
        profile="team",
        policy_sha256="a" * 64,
    )


def verdict(result: Any, mode: Any = "strict") -> GateEvaluated:
    return GateEvaluated(
        evaluation_id="g1-1",
        gate="severity_alignment",
        mode=mode,
        authoritative=mode == "strict",
        scope=GateScope(round=1),
        criteria=(),
        result=result,
        policy_sha256="a" * 64,
        engine=1,
        at_version=1,
    )


AGREED = SeverityConsensusReached(round=1, severity="SEV-1", agreeing=1, responders=1)


@pytest.mark.req("R-GATE-57")
def test_verdicts_are_counted_by_gate_mode_severity_and_quarter() -> None:
    facts = (opened(), verdict("FAIL"), AGREED, verdict("PASS"), verdict("PASS", "relaxed"), verdict("FAIL"))
    rows = gate_rates(recorded(facts, start=START))
    assert [(row.quarter, row.mode, row.severity, row.passed, row.evaluated) for row in rows] == [
        ("2026-Q1", "strict", None, 0, 1),
        ("2026-Q2", "relaxed", "SEV-1", 1, 1),
        ("2026-Q2", "strict", "SEV-1", 1, 2),
    ]
    assert rows[2].rate == Ratio(1, 2)


@pytest.mark.req("R-DRILL-01")
def test_drills_count_only_when_they_are_asked_for() -> None:
    facts = recorded((opened(drill=True), AGREED, verdict("PASS")))
    assert gate_rates(facts) == ()
    assert len(gate_rates(facts, drills=True)) == 1


@pytest.mark.parametrize(
    ("time", "quarter"), [("2026-01-01", "2026-Q1"), ("2026-03-31", "2026-Q1"), ("2026-12-31", "2026-Q4")]
)
def test_a_quarter_has_three_months(time: str, quarter: str) -> None:
    assert quarter_of(f"{time}T00:00:00.000000Z") == quarter
