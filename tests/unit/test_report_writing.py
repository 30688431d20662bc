"""Writing the report, completing it, and what makes it incomplete again (R-STEP-43, R-GATE-43)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from domain.documents import Documents
from domain.flow.commands import MarkStep
from domain.gates.facts import Gate, GateEvaluated
from domain.report.commands import SectionTold, WriteReport
from domain.report.current import is_complete
from domain.report.facts import IncidentReportWritten
from domain.resolution.commands import RecordActionItem
from domain.rootcause.commands import CaptureEvidence, RecordFinding
from domain.timeline.commands import AddTimelineEntry
from tests.support.playing import PROGRAM, Play
from tests.support.scenes import (
    ARCHIVE,
    COMPLETE,
    capturing,
    declared,
    documented,
    drafting,
    opened,
    settled,
    shows,
    stands,
)

GATE: Gate = "resolution_documentation"
IMPACT = WriteReport(status="draft", sections=(SectionTold(name="impact", text="Nobody was hurt."),))
MORE = CaptureEvidence(kind="log", title="More", content="More.")
FINDING = RecordFinding(statement="It was the pool.", category="code_defect")


def written(play: Play, command: WriteReport) -> IncidentReportWritten:
    """Return the revision that a command adds."""
    fact = play.do(command)[0]
    assert isinstance(fact, IncidentReportWritten)
    return fact


@pytest.mark.req("R-STEP-43", "R-EVT-20")
def test_drafts_are_written_from_the_declaration_on_and_numbered() -> None:
    assert opened().refused(IMPACT).code == "NOT_NOW"
    play = declared()
    first, second = written(play, IMPACT), written(play, WriteReport(status="draft"))
    assert (first.revision, second.revision, first.status, first.sha256) == (1, 2, "draft", None)
    assert {part.name for part in first.sections if part.filled} == {"impact", "timeline", "detection"}
    assert [part.name for part in first.sections if part.text is not None] == ["impact"]
    assert [part.name for part in second.sections if part.text is not None] == []
    assert list(play.state.report.texts) == ["impact"]
    assert play.refused(IMPACT, PROGRAM).code == "PROGRAM_DECIDES_NOTHING"


@pytest.mark.parametrize(
    ("names", "place"),
    [(("nonsense",), "sections[0].name"), (("impact", "impact"), "sections[1].name")],
)
def test_a_section_is_one_that_the_policy_requires_and_said_once(names: tuple[str, ...], place: str) -> None:
    told = tuple(SectionTold(name=name, text="Some words.") for name in names)
    refused = declared().refused(WriteReport(status="draft", sections=told))
    assert (refused.code, refused.place) == ("SECTION_UNFIT", place)


@pytest.mark.req("R-GATE-43")
def test_what_is_completed_is_what_is_on_record() -> None:
    play = drafting()
    text = WriteReport(status="complete", sections=IMPACT.sections)
    assert play.refused(text).code == "TEXT_FIRST"
    assert play.refused(COMPLETE, documents=Documents()).code == "NOT_RENDERED"
    before = play.state.version
    fact = written(play, COMPLETE)
    assert (fact.at_version, fact.sha256) == (before, "5" * 64)


@pytest.mark.req("R-GATE-43")
@pytest.mark.parametrize("scene", [declared, settled, capturing])
def test_a_report_is_not_complete_before_the_evidence_is_archived(scene: Callable[[], Play]) -> None:
    assert scene().refused(COMPLETE).code == "REPORT_TOO_EARLY"


@pytest.mark.req("R-TRN-14", "R-GATE-04", "R-WF-34")
def test_with_the_completed_report_gate_4_is_evaluated_and_lets_the_incident_on() -> None:
    play = documented()
    assert (stands(play), shows(play, GATE)) == ("documented", "PASS")
    assert play.kinds()[-2:] == ["IncidentReportWritten", "GateEvaluated"]


@pytest.mark.req("R-GATE-43", "R-GATE-50")
@pytest.mark.parametrize(
    "late", [FINDING, CaptureEvidence(kind="log", title="More", content="More."), IMPACT]
)
def test_what_comes_after_its_completion_makes_another_revision_necessary(late: object) -> None:
    play = documented()
    play.do(late)  # type: ignore[arg-type]  # one of three commands
    assert not is_complete(play.state)
    assert (stands(play), shows(play, GATE)) == ("documented", "STALE")
    play.compare()
    fact = written(play, COMPLETE)
    assert is_complete(play.state)
    assert play.state.gates.authoritative[GATE].fact.scope.report_revision == fact.revision
    assert shows(play, GATE) == "PASS"


@pytest.mark.req("R-GATE-54")
def test_a_failed_gate_4_is_evaluated_again_as_soon_as_it_would_pass() -> None:
    play = drafting()
    play.do(COMPLETE)
    assert (stands(play), shows(play, GATE)) == ("drafting_report", "FAIL")
    play.do(AddTimelineEntry(text="Still writing."))
    verdicts = [fact for fact in play.facts if isinstance(fact, GateEvaluated) and fact.gate == GATE]
    assert len(verdicts) == 1
    play.do(RecordActionItem(title="Alert earlier"))
    assert (stands(play), shows(play, GATE)) == ("documented", "PASS")


@pytest.mark.req("R-GATE-43", "R-TRN-20")
def test_a_report_of_before_the_evidence_was_archived_again_is_not_complete() -> None:
    play = drafting()
    play.do(COMPLETE)
    assert is_complete(play.state)
    play.do(MarkStep(mark="returned", rationale="The same errors are back."))
    play.do(ARCHIVE)
    play.do(RecordActionItem(title="Alert earlier"))
    assert (stands(play), is_complete(play.state)) == ("drafting_report", False)
    play.do(COMPLETE)
    assert stands(play) == "documented"
