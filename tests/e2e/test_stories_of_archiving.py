"""Evidence that changes, reports that are overtaken, reviews, closing and reopening: verified offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from application.blobs import blob_name
from tests.support.commandline import run
from tests.support.exported import looked_at
from tests.support.stories import PLAN, SCOPE, WHY, in_process
from tests.support.tales import LOG, Stage, Tale

AGREE: dict[str, Any] = {"severity": "SEV-1", "rationale": "The same customers as the last time."}
RATIONALE = "It does not say who was hurt."


def resolved(stage: Stage) -> Tale:
    """Return an incident that is confirmed to be over, with its evidence captured."""
    return stage.tell("executing").recovered().settled().captured()


def stored(tale: Tale) -> Path:
    """Return where the bytes of the incident's one file lie."""
    path = f"/v1/incidents/{tale.incident.stream}/blobs"
    (listed,) = tale.story.world.ask(tale.cast.carol, "GET", path).json["blobs"]
    sha256 = str(listed["blob"]["sha256"])
    return tale.story.world.home / "blobs" / blob_name(sha256)


def criteria(tale: Tale) -> set[str]:
    """Return what gate 4 said last that does not hold."""
    rows = tale.incident.verdict("resolution_documentation")["criteria"]
    return {row["id"] for row in rows if row["passed"] == "no"}


@pytest.mark.req("R-TRN-13", "R-STEP-42", "R-GATE-41")
def test_critical_evidence_that_is_lost_is_captured_again_and_the_bundle_says_what_it_lacks(
    tmp_path: Path,
) -> None:
    with in_process(tmp_path / "home", stepping=True) as world:
        assert world.clock is not None
        tale = resolved(Stage(world, world.clock, world.cast()))
        alice, bob, *_ = tale.cast
        file = stored(tale)
        file.unlink()
        problem = tale.refused(alice, "archive-evidence", "CRITICAL_EVIDENCE_MISSING")
        assert "critical ev1" in problem["found"]
        found = [f.data for f in tale.incident.facts if f.kind == "evidence-verified"]
        assert found[0] == {"evidence_id": "ev1", "ok": False, "found": "missing"}
        assert run("log", "fsck", "--home", world.home).code == 1
        copy = tale.story.upload(bob, tale.incident, LOG)
        tale.keep("log", "The same log, from the archive", blob=copy, duplicate_of="ev1")
        tale.documented().reviewed().closed()

        exported = looked_at(tale.incident)
        (gaps,) = exported.report.gaps
        assert (exported.report.verdict, gaps.count) == ("could not check", 1)
        assert file.name in gaps.first.place
        assert exported.artifact("evidence-manifest.json")["data"]["coverage"]["missing"] == ["evidence:ev1"]
        said = run("export", "--ledger", "--out", tmp_path / "ledger", "--home", world.home).fine()
        assert "1 files of evidence are not in the export: the record says that they are lost" in said.err
        assert run("verify", tmp_path / "ledger", "--log-key", world.home / "log.vkey").code == 2


@pytest.mark.req("R-STO-04", "R-GATE-51", "R-TRN-13")
def test_evidence_that_was_changed_on_disk_is_found_and_not_given_out_until_it_is_restored(
    stage: Stage,
) -> None:
    tale = resolved(stage)
    alice, _, carol, _ = tale.cast
    file = stored(tale)
    kept = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))

    path = f"/v1/incidents/{tale.incident.stream}/blobs/{file.name}"
    broken = tale.story.world.answered(carol, path)
    assert (broken.status, broken.json["code"]) == (500, "EVIDENCE_BROKEN")
    assert LOG not in broken.body
    problem = tale.refused(alice, "archive-evidence", "CRITICAL_EVIDENCE_MISSING")
    assert "critical ev1" in problem["found"]
    found = [f.data for f in tale.incident.facts if f.kind == "evidence-verified"]
    assert found[0] == {"evidence_id": "ev1", "ok": False, "found": "damaged"}
    fsck = run("log", "fsck", "--home", stage.world.home)
    assert (fsck.code, "found broken" in fsck.out) == (1, True)

    file.write_bytes(kept)
    run("log", "fsck", "--home", stage.world.home).fine()
    assert tale.story.world.answered(carol, path).body == LOG
    tale.documented()
    file.write_bytes(kept[:100])
    tale.do(alice, "record-finding", statement="There is more.", category="code_defect")
    assert tale.completed().data("gate-evaluated")["result"] == "FAIL"
    assert "rca_manifest.status" in criteria(tale)
    file.write_bytes(kept)
    assert tale.completed().data("gate-evaluated")["result"] == "PASS"
    tale.reviewed().closed()
    tale.export(disclose=True)


@pytest.mark.req("R-GATE-50", "R-STEP-43")
def test_a_finding_after_the_final_report_makes_gate_4_stale_until_another_revision(stage: Stage) -> None:
    tale = resolved(stage).documented().reviewed()
    alice, bob, *_ = tale.cast
    assert tale.light("resolution_documentation") == "PASS"
    more = "The load test had the same error, and nobody looked."
    tale.do(bob, "record-finding", statement=more, category="process")
    assert tale.light("resolution_documentation") == "STALE"
    problem = tale.refused(alice, "close", "NOT_CLOSABLE", rationale=WHY)
    assert "gate_4" in problem["found"]
    tale.refused(alice, "seal", "GATE_NOT_PASSED", what="manifest")
    done = tale.completed()
    assert done.data("gate-evaluated")["result"] == "PASS"
    assert done.data("incident-report-written")["revision"] == 3
    problem = tale.refused(alice, "close", "NOT_CLOSABLE", rationale=WHY)
    assert "manifest" in problem["found"], "what was reviewed is another report"
    tale.do(alice, "seal", what="manifest")
    for who in (alice, bob):
        tale.do(who, "review", verdict="approved", rationale="Now it is complete.")
    tale.closed()
    assert more in tale.export(disclose=True).readable("INCIDENT-REPORT.md")


@pytest.mark.req("R-HND-11", "R-ROL-30", "R-TRN-15")
def test_a_rejected_manifest_reopens_the_report_and_only_the_commander_closes(stage: Stage) -> None:
    tale = resolved(stage).documented()
    alice, bob, carol, _ = tale.cast
    first = tale.do(alice, "seal", what="manifest").data("evidence-manifest-sealed")
    tale.refused(bob, "review", "ROLE_MISSING", verdict="approved", rationale=WHY)
    tale.covered()
    tale.do(bob, "review", verdict="rejected", rationale=RATIONALE)
    assert tale.state == "drafting_report"
    tale.refused(alice, "close", "NOT_NOW", rationale=WHY)
    tale.do(
        carol, "write-report", status="draft", sections=[{"name": "impact", "text": "Guests, not members."}]
    )
    tale.completed()
    second = tale.do(alice, "seal", what="manifest").data("evidence-manifest-sealed")
    assert (second["revision"], second["previous_sha256"]) == (2, first["sha256"])
    seen = {"verdict": "approved", "rationale": "Now it does."}
    tale.refused(bob, "review", "MANIFEST_REVISED", manifest_sha256=first["sha256"], **seen)
    tale.do(bob, "review", manifest_sha256=second["sha256"], **seen)
    problem = tale.refused(alice, "close", "NOT_CLOSABLE", rationale=WHY)
    assert problem["found"] == "missing: reviews"
    tale.refused(bob, "review", "APPROVAL_NOT_DISTINCT", **seen)
    tale.do(alice, "review", **seen)
    problem = tale.refused(bob, "close", "ROLE_MISSING", rationale=WHY)
    assert problem["status"] == 403
    tale.closed()

    found = tale.export(disclose=True)
    reviews = found.artifact("approvals/reviewer-signoff.json")["data"]["reviews"]
    assert [(it["principal"], it["decision"]) for it in reviews] == [
        (bob.id, "rejected"),
        (bob.id, "approved"),
        (alice.id, "approved"),
    ]
    assert RATIONALE in found.readable("approvals/reviewer-signoff.json")


@pytest.mark.req("R-TRN-21")
def test_what_is_closed_is_reopened_within_seven_days_and_closed_again(stage: Stage) -> None:
    tale = resolved(stage).documented().reviewed().closed()
    alice, bob, *_ = tale.cast
    tale.clock.forward(days=6, hours=23)
    tale.refused(bob, "reopen", "ROLE_MISSING", rationale=WHY)
    tale.do(alice, "reopen", rationale="The same errors are back since 14:05.")
    assert tale.state == "assessing"
    tale.refused(alice, "close", "NOT_NOW", rationale=WHY)
    tale.do(alice, "propose-severity", **AGREE)
    tale.do(alice, "confirm-scope", **SCOPE)
    tale.told()
    tale.do(alice, "propose-plan", **PLAN)
    tale.approved(revision=2).recovered().settled().documented().reviewed().closed()
    found = tale.export(disclose=True)
    assert "The same errors are back since 14:05." in found.readable("INCIDENT-REPORT.md")
    assert tale.incident.kinds.count("incident-closed") == 2
    assert tale.incident.kinds.count("evidence-bundle-sealed") == 2


@pytest.mark.req("R-TRN-21")
def test_after_seven_days_it_is_another_incident_that_is_linked(stage: Stage) -> None:
    tale = resolved(stage).documented().reviewed().closed()
    tale.clock.forward(days=7)
    tale.refused(tale.cast.alice, "reopen", "REOPEN_TOO_LATE", rationale="It is back.")
    later = tale.story.open(tale.cast.alice)
    later.do(tale.cast.alice, "link", incident=tale.incident.stream, kind="related", rationale="It is back.")
    assert tale.state == "closed"
    tale.export()
