"""What incidents measure: each row of the table, and what incidents measure together."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.archive.facts import EvidenceManifestSealed, ReviewerSignedOff
from domain.decisions.facts import DecisionGiven, DecisionRecorded, DecisionRequested
from domain.execution.facts import MitigationPlanningReentered
from domain.flow.facts import StepMarked
from domain.gates.facts import GateEvaluated, GateScope
from domain.intake.facts import AlertValidityConfirmed
from domain.moment import timestamp
from domain.ratio import Ratio
from domain.report.facts import IncidentReportWritten, ReportSection
from domain.resolution.facts import ActionItemRecorded, IncidentClosed, IncidentReopened, ResolutionConfirmed
from domain.rootcause.facts import RootCauseEvidenceCaptured
from domain.severity.facts import SeverityConsensusReached, SeverityReassessmentStarted
from projections.metrics.measured import Sample, chronicle
from projections.metrics.page import page
from projections.metrics.reading import nearest_rank, said, samples, summaries, values
from projections.metrics.table import METRICS
from projections.metrics.tallies import good_until
from tests.support.looking import pinned
from tests.support.meaning import ALERT
from tests.support.measuring import (
    ACKNOWLEDGED,
    AGREED,
    COMPLETED,
    DECLARED,
    OPENED,
    REAL,
    RECOVERED,
    STARTED,
    WHY,
    command,
    fired,
    measured,
    minute,
    seconds,
    told,
)
from tests.support.scenes import capturing, executing
from tests.support.tree import ROOT

BEFORE = minute(-5)
DECIDE = DecisionRequested(
    decision_id="d1", topic="mitigation", plan_revision=1, options=("A",), required_roles=("release_manager",)
)
REENTERED = MitigationPlanningReentered(from_attempt=1, cause="recovery_failed", rationale=WHY)
REOPENED = IncidentReopened(rationale=WHY)
OPENED_DECLARED = (OPENED, REAL, DECLARED)


def given_by(verdict: Any = "approved") -> DecisionGiven:
    return DecisionGiven(
        decision_id="d1",
        verdict=verdict,
        role="release_manager",
        plan_revision=1,
        plan_sha256="b" * 64,
        option_id="A",
        rationale=WHY,
    )


def marked(mark: Any) -> StepMarked:
    return StepMarked(step="2.1", mark=mark, rationale=WHY, halt_code="MANUAL")


def evidence(name: str, duplicate_of: str | None = None) -> RootCauseEvidenceCaptured:
    return RootCauseEvidenceCaptured(
        evidence_id=name, kind="log", critical=True, title=WHY, encrypted=False, duplicate_of=duplicate_of
    )


def verdict(gate: Any, result: Any, *, authoritative: bool = True) -> GateEvaluated:
    return GateEvaluated(
        evaluation_id="g1-1",
        gate=gate,
        mode="strict",
        authoritative=authoritative,
        scope=GateScope(round=1),
        criteria=(),
        result=result,
        policy_sha256="a" * 64,
        engine=1,
        at_version=1,
    )


def manifest(required: int, missing: tuple[str, ...]) -> EvidenceManifestSealed:
    return EvidenceManifestSealed(
        decision_id="d1",
        revision=1,
        sha256="c" * 64,
        at_version=1,
        renderer=1,
        listed=1,
        required=required,
        missing=missing,
    )


def review(answer: Any) -> ReviewerSignedOff:
    return ReviewerSignedOff(
        decision_id="d1", role="executive", verdict=answer, manifest_sha256="c" * 64, rationale=WHY
    )


def item(name: str, due: str | None, status: Any = "open") -> ActionItemRecorded:
    return ActionItemRecorded(item_id=name, status=status, title=WHY, due_on=due)


def report(*filled: bool) -> IncidentReportWritten:
    sections = tuple(ReportSection(name=f"s{n}", filled=full) for n, full in enumerate(filled))
    return IncidentReportWritten(revision=1, status="draft", sections=sections, at_version=1)


@pytest.mark.req("R-GATE-34", "R-LRN-20")
@pytest.mark.parametrize(
    ("name", "facts", "expected"),
    [
        # A fact each minute: declared is minute 3 after an alert at minute 1.
        ("mttd", (OPENED, fired(BEFORE), REAL, DECLARED), 8 * 60),
        ("mttd", (OPENED, fired(minute(-1)), fired(BEFORE, ALERT[:-1] + "0"), REAL, DECLARED), 9 * 60),
        ("mttd", OPENED_DECLARED, 2 * 60),
        ("mttd", (OPENED, REAL, DECLARED, fired(minute(30))), 0),
        ("mtta", (*OPENED_DECLARED, ACKNOWLEDGED, ACKNOWLEDGED), 60),
        ("mtta", OPENED_DECLARED, None),
        ("mttr", (OPENED, fired(BEFORE), REAL, DECLARED, STARTED, RECOVERED), 10 * 60),
        ("mttr", (*OPENED_DECLARED, STARTED, RECOVERED), 4 * 60),
        ("mttr", (*OPENED_DECLARED, STARTED, RECOVERED, REENTERED), None),
        ("mttr", (*OPENED_DECLARED, STARTED, RECOVERED, REOPENED), None),
        ("mttr", (*OPENED_DECLARED, STARTED, RECOVERED, REOPENED, STARTED, RECOVERED), 7 * 60),
        ("mttr", OPENED_DECLARED, None),
        ("time_to_declare", OPENED_DECLARED, 2 * 60),
        ("time_to_consensus", (*OPENED_DECLARED, AGREED, AGREED), 60),
        ("decision_latency", (*OPENED_DECLARED, DECIDE, given_by(), given_by()), None),
        (
            "decision_latency",
            (
                *OPENED_DECLARED,
                DECIDE,
                given_by(),
                DecisionRecorded(
                    decision_id="d1", outcome="approved", approvals="complete", plan_revision=1, option_id="A"
                ),
            ),
            2 * 60,
        ),
        ("approval_latency", (*OPENED_DECLARED, DECIDE, given_by(), given_by("rejected")), 60),
        ("approval_latency", (*OPENED_DECLARED, DECIDE, given_by(), given_by()), 2 * 60),
        ("recovery_time", (*OPENED_DECLARED, STARTED, COMPLETED, RECOVERED), 2 * 60),
        ("recovery_time", (*OPENED_DECLARED, STARTED, COMPLETED), None),
        ("execution_duration", (*OPENED_DECLARED, STARTED, COMPLETED), 60),
        ("execution_duration", (*OPENED_DECLARED, STARTED), None),
        ("time_to_close", (*OPENED_DECLARED, IncidentClosed(rationale=WHY)), 60),
        ("step_1_1", OPENED_DECLARED, 2 * 60),
        ("step_1_2", OPENED_DECLARED, 0),
        ("step_1_2", (*OPENED_DECLARED, AGREED, AGREED), 2 * 60),
        ("step_2_1", OPENED_DECLARED, None),
    ],
)
def test_spans_are_measured_from_point_to_point(
    name: str, facts: tuple[Any, ...], expected: float | None
) -> None:
    found = seconds(facts, name)
    assert found == (None if expected is None else (expected, expected, False))


@pytest.mark.req("R-WF-35", "R-LRN-20")
def test_what_was_reported_late_is_measured_by_both_times_and_said_to_be_late() -> None:
    # Ten seconds of work, noted five minutes later; the facts are a minute apart.
    late = command(minute(-2), minute(-2 + 1 / 6))
    facts = (*OPENED_DECLARED, STARTED, late, COMPLETED)
    assert seconds(facts, "execution_duration") == (10, 2 * 60, True)
    soon = command(minute(3.5), minute(4))
    facts = (*OPENED_DECLARED, STARTED, soon, COMPLETED)
    assert seconds(facts, "execution_duration") == (30, 2 * 60, False)


@pytest.mark.req("R-WF-35")
def test_a_detection_that_was_reported_late_is_measured_by_both_times() -> None:
    stated = replace(OPENED, detected_at=minute(-10))
    assert seconds((stated, REAL, DECLARED), "mttd") == (12 * 60, 2 * 60, True)


def test_a_validation_that_is_no_success_recovers_nothing() -> None:
    partial = replace(RECOVERED, required=2, passed=1, status="partial")
    facts = (OPENED, fired(BEFORE), REAL, DECLARED, STARTED, partial)
    assert measured(facts, "mttr") is None
    assert seconds((*facts, RECOVERED), "mttr") == (11 * 60, 11 * 60, False)
    resolved = ResolutionConfirmed(
        kind="rollback", summary=WHY, resolved_at=minute(5), incident_duration_ms=600_000
    )
    assert seconds((*facts, resolved), "mttr") == (10 * 60, 10 * 60, False)


@pytest.mark.req("R-GATE-34", "R-WF-35")
def test_the_time_to_recover_is_the_duration_that_the_commander_confirmed() -> None:
    play = capturing()
    (confirmed,) = [fact for fact in play.facts if isinstance(fact, ResolutionConfirmed)]
    found = samples(chronicle(play.items, pinned, timestamp(play.now)))
    assert found["mttr"].recorded == Ratio(confirmed.incident_duration_ms)
    judged = [fact for fact in play.facts if isinstance(fact, GateEvaluated) and fact.metrics]
    metrics = {metric.id: metric.actual for metric in judged[-1].metrics}
    assert found["mttr"].recorded == metrics["mttr"]
    assert found["mttd"].recorded == metrics["mttd"]
    assert found["recovery_time"].recorded == metrics["recovery_time"]


@pytest.mark.req("R-LRN-20")
@pytest.mark.parametrize(
    ("name", "facts", "expected"),
    [
        ("halts", (), Ratio(0)),
        ("halts", (marked("halted"), marked("resumed"), marked("halted")), Ratio(2)),
        ("reentries", (marked("returned"), REOPENED), Ratio(2)),
        (
            "reentries",
            (REENTERED,),
            Ratio(1),
        ),
        ("severity_changes", (AGREED, AGREED), Ratio(0)),
        (
            "severity_changes",
            (
                AGREED,
                SeverityReassessmentStarted(round=2, reason="manual"),
                SeverityConsensusReached(round=2, severity="SEV-2", agreeing=1, responders=1),
            ),
            Ratio(1),
        ),
        ("evidence_count", (evidence("a"), evidence("a"), evidence("b", "a"), evidence("c")), Ratio(2)),
        ("rework_requests", (review("approved"), review("rejected")), Ratio(1)),
        (
            "overdue_items",
            (
                item("a", "2026-03-01"),
                item("b", "2026-03-02"),
                item("c", None),
                item("d", "2026-03-01"),
                item("d", "2026-03-01", "done"),
            ),
            Ratio(1),
        ),
        ("gate_first_pass_rate", (), None),
        (
            "gate_first_pass_rate",
            (
                verdict("severity_alignment", "FAIL", authoritative=False),
                verdict("severity_alignment", "PASS"),
                verdict("mitigation_readiness", "FAIL"),
                verdict("mitigation_readiness", "PASS"),
            ),
            Ratio(1, 2),
        ),
        ("waiver_rate", (verdict("severity_alignment", "PASS"),), Ratio(0, 1)),
        (
            "retry_rate",
            (
                command(minute(1), minute(2)),
                command(minute(1), minute(2), tried=2),
                command(minute(1), minute(2), seq=2),
            ),
            Ratio(1, 3),
        ),
        (
            "automation_success_rate",
            (
                command(minute(1), minute(2)),
                command(minute(1), minute(2), source="exec"),
                command(minute(1), minute(2), source="exec", outcome="failed"),
            ),
            Ratio(1, 2),
        ),
        ("automation_success_rate", (command(minute(1), minute(2)),), None),
        ("artifact_completeness", (manifest(4, ()), manifest(4, ("a",))), Ratio(3, 4)),
        ("report_completeness", (report(False, False), report(True, False, True)), Ratio(2, 3)),
        ("alert_precision", (fired(BEFORE), fired(BEFORE, ALERT[:-1] + "0")), Ratio(2, 2)),
    ],
)
def test_tallies_count_facts(name: str, facts: tuple[Any, ...], expected: Ratio | None) -> None:
    found = measured((*OPENED_DECLARED, *facts), name)
    assert found == (None if expected is None else Sample(raw=expected, recorded=expected))


def test_of_incidents_that_were_never_declared_only_the_alerts_are_judged() -> None:
    false = AlertValidityConfirmed(verdict="false_positive", rationale=WHY)
    facts = (OPENED, fired(BEFORE), false)
    assert samples(told(facts)) == {"alert_precision": Sample(raw=Ratio(0, 1), recorded=Ratio(0, 1))}
    assert samples(told((OPENED, fired(BEFORE)))) == {}


def test_a_count_of_what_is_overdue_is_good_until_the_next_day_on_which_something_is_due() -> None:
    facts = (*OPENED_DECLARED, item("a", "2026-03-05"), item("b", "2026-03-01"), item("c", None))
    assert good_until(told(facts)) == "2026-03-05"
    assert good_until(told(facts, at=minute(60 * 24 * 30))) is None
    assert good_until(told(OPENED_DECLARED)) is None


def test_a_played_incident_measures_its_waivers_notices_and_steps() -> None:
    play = executing()
    found = samples(told(play.facts))
    assert found["notification_latency"].raw.num > 0
    assert found["waiver_rate"].raw == Ratio(0, 2)
    steps = [row.id for row in METRICS if row.id.startswith("step_") and row.id in found]
    assert steps == ["step_1_1", "step_1_2", "step_1_3", "step_2_1", "step_2_2", "step_2_3", "step_3_1"]


@pytest.mark.req("R-LRN-20")
@pytest.mark.parametrize(("percent", "expected"), [(1, 1), (50, 5), (90, 9), (91, 10), (95, 10), (100, 10)])
def test_percentiles_are_by_nearest_rank(percent: int, expected: int) -> None:
    assert nearest_rank([Ratio(n) for n in range(1, 11)], percent) == Ratio(expected)


@given(st.lists(st.integers(0, 10**6), min_size=1), st.integers(1, 100))
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(found: list[int], percent: int) -> None:
    rank = nearest_rank([Ratio(n) for n in sorted(found)], percent).num
    assert sum(n <= rank for n in found) * 100 >= percent * len(found)
    assert sum(n < rank for n in found) * 100 < percent * len(found)


@pytest.mark.req("R-LRN-20", "R-WF-35")
def test_incidents_are_summarised_raw_recorded_and_what_was_late_apart() -> None:
    punctual = [Sample(raw=Ratio(n), recorded=Ratio(n)) for n in (1000, 3000)]
    late = Sample(raw=Ratio(2000), recorded=Ratio(90_000), late=True)
    found = {row.id: row for row in summaries([{"mttd": one} for one in (*punctual, late)])}
    detect = found["mttd"]
    assert detect.raw is not None
    assert detect.recorded is not None
    assert detect.late is not None
    assert (detect.raw.count, detect.raw.median, detect.raw.max) == (3, "2.000", "3.000")
    assert (detect.recorded.median, detect.recorded.max) == ("3.000", "90.000")
    assert (detect.late.count, detect.late.median) == (1, "2.000")
    assert found["mtta"].raw is None


def test_shares_are_summed_as_parts_of_wholes_and_ordered_by_size() -> None:
    shares = [{"retry_rate": Sample(raw=value, recorded=value)} for value in (Ratio(2, 3), Ratio(1, 10))]
    (row,) = [row for row in summaries(shares) if row.id == "retry_rate"]
    assert row.raw is not None
    assert (row.raw.median, row.raw.max, row.raw.total) == ("1/10", "2/3", "3/13")
    assert row.late is None


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        ("seconds", Ratio(812_345), "812.345"),
        ("seconds", Ratio(7), "0.007"),
        ("count", Ratio(3), "3"),
        ("ratio", Ratio(2, 4), "2/4"),
    ],
)
def test_values_are_said_exactly(unit: Any, value: Ratio, text: str) -> None:
    assert said(unit, value) == text


def test_every_metric_is_a_row_with_its_formula() -> None:
    assert len({row.id for row in METRICS}) == len(METRICS)
    rows = values({"mttd": Sample(raw=Ratio(1), recorded=Ratio(2), late=True)})
    assert [row.id for row in rows] == [row.id for row in METRICS]
    assert (rows[0].raw, rows[0].recorded, rows[0].reported_late) == ("0.001", "0.002", True)
    assert (rows[1].raw, rows[1].reported_late) == (None, False)
    assert all(row.formula for row in rows)


def test_the_page_is_the_table() -> None:
    text = (ROOT / "docs" / "metrics.md").read_text()
    assert text == page(), "run python -m projections.metrics.page > docs/metrics.md"


def test_an_incident_that_was_never_opened_has_no_chronicle() -> None:
    with pytest.raises(ValueError, match="expected an incident that was opened"):
        told((DECLARED,))
