"""Step 10: a completed report and a sealed manifest name the hash of what follows from the facts before."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import verifier.documents
from application.reading import stream_facts
from domain.artifacts import REPORT
from domain.report.facts import IncidentReportWritten
from projections.artifacts.renderer import RENDERER
from projections.artifacts.rendering import rendering
from projections.artifacts.table import artifact
from tests.support.exports import INCIDENT, content, new_ledger
from tests.support.rendered import manifest_seal, policies
from tests.support.scenes import documented
from tests.support.story import FACTS
from tests.support.verdicts import first, kinds, report_on, state
from verifier import Report
from verifier.documents import Named, Said, _named
from verifier.policies import PolicyUnread

MISPLACED = {"verdict": 1}
"""What step 11 says of a seal in the middle of an incident; step 10 looks at what it names alone."""


def sealed(folder: Path, **changes: Any) -> Report:
    """Return the report on an incident whose manifest was sealed, as ``changes`` say."""
    with new_ledger(folder / "home") as ledger:
        ledger.record(INCIDENT, *FACTS)
        facts = tuple(stream_facts(ledger.store, INCIDENT))
        ledger.record(INCIDENT, manifest_seal(facts, **changes))
        ledger.export(folder / "export")
    return report_on(content(folder / "export"))


@pytest.mark.req("R-MAN-05", "R-GATE-43")
def test_a_manifest_that_follows_is_valid(tmp_path: Path) -> None:
    report = sealed(tmp_path)
    assert (kinds(report), state(report, 10)[0]) == (MISPLACED, "passed")


@pytest.mark.req("R-MAN-05", "R-GATE-43")
def test_a_hash_of_other_bytes_is_found_and_named(tmp_path: Path) -> None:
    report = sealed(tmp_path, sha256="0" * 64)
    assert kinds(report) == {"artifact": 1, **MISPLACED}
    assert "evidence-manifest.json: expected " in first(report, "artifact")
    assert first(report, "artifact").endswith(f"found sha256 {'0' * 64}")


@pytest.mark.req("R-MAN-01", "R-MAN-05")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"listed": 99}, "found listed 99"),
        ({"required": 1}, "found required 1"),
        ({"missing": ()}, "found missing none"),
    ],
)
def test_a_seal_that_makes_a_manifest_more_complete_than_it_is_is_found(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    report = sealed(tmp_path, **changes)
    assert kinds(report) == {"artifact": 1, **MISPLACED}
    assert first(report, "artifact").endswith(said)


@pytest.mark.req("R-MAN-05")
def test_what_another_renderer_made_is_a_gap_and_no_finding(tmp_path: Path) -> None:
    report = sealed(tmp_path, sha256="0" * 64, renderer=RENDERER + 1)
    assert (kinds(report), state(report, 10)[0]) == (MISPLACED, "incomplete")
    assert report.gaps[0].first.reason.startswith(f"not re-derived: renderer {RENDERER + 1}")


@pytest.mark.req("R-GATE-43")
def test_a_completed_report_is_such_a_document_and_a_draft_is_none() -> None:
    written = [fact for fact in documented().facts if isinstance(fact, IncidentReportWritten)]
    report = Named(
        name=REPORT, said=Said(sha256="5" * 64), version=written[0].at_version, renderer=written[0].renderer
    )
    assert [_named(fact) for fact in written] == [report]
    assert _named(replace(written[0], status="draft", sha256=None)) is None


@pytest.mark.req("R-GATE-43")
def test_the_report_is_rendered_as_of_the_version_that_it_names(tmp_path: Path) -> None:
    with new_ledger(tmp_path / "home") as ledger:
        ledger.record(INCIDENT, *FACTS)
        view = rendering(tuple(stream_facts(ledger.store, INCIDENT)), policies)
        assert view is not None
        data = artifact(REPORT, view)
        assert data is not None
        written = IncidentReportWritten(
            revision=1,
            status="complete",
            sections=(),
            at_version=len(view.facts) - 1,
            sha256=sha256(data).hexdigest(),
            renderer=RENDERER,
        )
        ledger.record(INCIDENT, written)
        ledger.export(tmp_path / "export")
    found = report_on(content(tmp_path / "export"))
    assert f"{REPORT}: expected " in first(found, "artifact")


@pytest.mark.parametrize("error", [KeyError("entry"), PolicyUnread("no policy of this name")])
def test_what_cannot_be_rendered_is_a_gap_and_does_not_end_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def broken(*_: object) -> bytes:
        raise error

    monkeypatch.setattr(verifier.documents, "evidence_manifest", broken)
    report = sealed(tmp_path)
    assert (kinds(report), state(report, 10)[0]) == (MISPLACED, "incomplete")
    assert report.gaps[0].first.reason.startswith("not re-derived: ")
