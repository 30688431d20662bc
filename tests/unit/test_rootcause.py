"""Root cause inputs: captured, compared, found, archived (R-STEP-42, R-TRN-13, R-EVT-20)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.flow.commands import MarkStep
from domain.rootcause.commands import ArchiveEvidence, CaptureEvidence, RecordFinding
from domain.stored_blob import StoredBlob
from tests.support.playing import BOB, CAROL, PROGRAM, Play
from tests.support.scenes import (
    ARCHIVE,
    capture,
    capturing,
    declared,
    drafting,
    opened,
    stands,
)

LOG = CaptureEvidence(kind="log", title="The workers' log", content="02:10 the pool is exhausted")
BLOB = StoredBlob(c="a" * 64, kid="b" * 32, sha256="c" * 64, size=4_711)


def lacking(play: Play) -> set[str]:
    """Return what a refused archive says is missing."""
    refusal = play.refused(ARCHIVE)
    assert refusal.code == "CRITICAL_EVIDENCE_MISSING"
    return set((refusal.found or "").removeprefix("missing: ").split(", "))


@pytest.mark.req("R-STEP-42", "R-EVT-20", "R-CMP-14")
def test_evidence_is_words_or_a_file_or_where_it_lies() -> None:
    play = declared()
    words, file, far = (
        play.do(command)[0]
        for command in (
            LOG,
            CaptureEvidence(kind="dashboard", title="Latency", blob=BLOB, media_type="image/png"),
            CaptureEvidence(kind="trace", title="One request", uri="https://traces.example/1"),
        )
    )
    assert [fact.evidence_id for fact in (words, file, far)] == ["ev1", "ev2", "ev3"]
    assert [fact.encrypted for fact in (words, file, far)] == [True, True, False]
    assert file.content.blob.sha256 == BLOB.sha256
    assert far.content is None


@pytest.mark.parametrize(
    "command",
    [
        CaptureEvidence(kind="log", title="Nothing"),
        CaptureEvidence(kind="log", title="Both", content="words", blob=BLOB),
    ],
)
def test_evidence_that_is_nothing_or_two_things_is_refused(command: CaptureEvidence) -> None:
    assert declared().refused(command).code == "EVIDENCE_UNFIT"


@pytest.mark.req("R-WF-02", "R-STEP-42")
@pytest.mark.parametrize("scene", [declared, capturing, drafting])
def test_evidence_and_findings_are_taken_from_the_declaration_on(scene: Callable[[], Play]) -> None:
    play = scene()
    before = stands(play)
    play.do(LOG, CAROL)
    play.do(LOG, PROGRAM)
    play.do(RecordFinding(statement="It was the pool.", category="code_defect", evidence=("ev1",)), BOB)
    assert stands(play) == before
    assert opened().refused(LOG).code == "NOT_NOW"


@pytest.mark.req("R-EVT-20")
def test_a_finding_rests_on_evidence_that_there_is() -> None:
    play = declared()
    play.do(LOG)
    found = play.do(
        RecordFinding(
            statement="It was the pool.",
            category="code_defect",
            evidence=("ev1", "ev1"),
            remediation="Bound it.",
        )
    )[0]
    assert (found.finding_id, found.evidence_ids, found.category) == ("f1", ("ev1",), "code_defect")
    refused = play.refused(RecordFinding(statement="Or not.", category="other", evidence=("ev1", "ev7")))
    assert (refused.code, refused.place) == ("EVIDENCE_UNKNOWN", "evidence[1]")
    again = play.refused(CaptureEvidence(kind="log", title="Again", content="x", duplicate_of="ev7"))
    assert (again.code, again.place) == ("EVIDENCE_UNKNOWN", "duplicate_of")


@pytest.mark.req("R-TRN-13", "R-GATE-41", "R-STEP-42")
def test_a_refused_archive_lists_everything_that_is_missing() -> None:
    play = capturing()
    assert lacking(play) == {"0 of 3 pieces", "kind log", "kind contributing_factor"}
    play.do(LOG)
    assert lacking(play) == {"1 of 3 pieces", "kind contributing_factor", "ev1 not compared"}
    assert play.refused(ARCHIVE, BOB).code == "ROLE_MISSING"


@pytest.mark.req("R-TRN-13", "R-DEC-18", "R-DEC-19")
def test_a_complete_collection_is_archived_and_the_report_is_next() -> None:
    play = capturing()
    capture(play)
    play.compare()
    archived = play.do(ArchiveEvidence(rationale="Nothing else was asked for."))[0]
    assert (archived.count, archived.archive_status) == (3, "complete")
    assert stands(play) == "drafting_report"


@pytest.mark.req("R-GATE-41")
def test_what_repeats_a_piece_adds_none_and_stands_in_for_it() -> None:
    play = capturing()
    play.do(LOG)
    for original in ("ev1", "ev2"):
        again = CaptureEvidence(kind="log", title="Again", content="the same", duplicate_of=original)
        assert play.do(again)[0].duplicate_of == "ev1"
    capture(play, "contributing_factor")
    play.compare()
    assert lacking(play) == {"2 of 3 pieces"}
    capture(play, "dashboard")
    play.compare(ev1="damaged")
    assert play.do(ARCHIVE)[0].count == 3


@pytest.mark.req("R-STEP-42", "R-GATE-56", "R-GATE-51")
def test_critical_evidence_whose_bytes_changed_is_missing_until_it_is_captured_again() -> None:
    play = capturing()
    play.do(CaptureEvidence(kind="log", title="The log", content="words", critical=True))
    capture(play, "contributing_factor", "dashboard", "diff")
    damaged = play.compare(ev1="damaged")
    assert next((fact.evidence_id, fact.ok) for fact in damaged) == ("ev1", False)
    assert lacking(play) == {"critical ev1", "kind log"}
    play.do(MarkStep(mark="halted", rationale="It was changed.", halt_code="CRITICAL_EVIDENCE_MISSING"))
    resume = MarkStep(mark="resumed", rationale="It was restored.")
    assert play.refused(resume).code == "HALT_STILL_HOLDS"
    play.do(CaptureEvidence(kind="log", title="From the backup", content="words", duplicate_of="ev1"))
    play.compare(ev1="damaged")
    assert lacking(play) == {"a step that goes on"}
    play.do(resume)
    play.do(ARCHIVE)


@pytest.mark.req("R-STEP-42")
def test_critical_evidence_that_only_lies_elsewhere_is_missing() -> None:
    play = capturing()
    capture(play)
    play.do(CaptureEvidence(kind="trace", title="One request", uri="https://t.example/1", critical=True))
    play.compare()
    assert lacking(play) == {"critical ev4"}


@pytest.mark.req("R-GATE-51")
def test_a_comparison_is_on_record_once_until_it_comes_out_otherwise() -> None:
    play = capturing()
    capture(play)
    assert len(play.compare()) == 3
    assert play.compare() == ()
    assert [fact.found for fact in play.compare(ev2="missing")] == ["missing"]
    assert [fact.found for fact in play.compare()] == ["ok"]


@pytest.mark.req("R-WF-33")
def test_nothing_is_captured_ahead_of_time() -> None:
    play = declared()
    ahead = CaptureEvidence(kind="log", title="A log", content="x", captured_at=play.now + timedelta(hours=1))
    assert play.refused(ahead).code == "TIME_AHEAD"
