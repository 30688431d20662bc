"""The evidence manifest lists every artifact and every registered blob, and is a function of facts."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest
from msgspec.structs import replace

from domain.archive.facts import EvidenceManifestSealed
from domain.artifacts import BUNDLE, EXECUTION, MANIFEST, PLAN, RECOVERY, SEVERITY, TRACEABILITY
from domain.execution.facts import MitigationCommandExecuted
from domain.intake.facts import MitigationNotRequired
from domain.prose import BlobRef, Prose, prose
from domain.rootcause.facts import EvidenceVerified
from ledger.exportlayout import blob_path
from projections.artifacts.rendering import RecordedFact, Rendering, rendering
from projections.artifacts.sealed import as_sealed, sealed_version
from projections.artifacts.table import LISTED, artifacts, evidence_manifest
from projections.until import until
from tests.support.full_incident import full_incident
from tests.support.meaning import Seals
from tests.support.rendered import all_rendered, manifest_seal, policies

FULL = full_incident()
BLOB = BlobRef(c="1" * 64, kid="2" * 32, sha256="3" * 64, size=4_711)


def view(facts: Any = FULL) -> Rendering:
    """Return what artifacts of these facts are rendered from."""
    found = rendering(facts, policies)
    assert found is not None
    return found


def said(facts: Any = FULL) -> dict[str, Any]:
    """Return what the manifest of these facts says."""
    found = json.loads(evidence_manifest(view(facts)).data)
    assert isinstance(found, dict)
    return found


def added(fact: Any, facts: tuple[RecordedFact, ...] = FULL) -> tuple[RecordedFact, ...]:
    """Return facts with one more at the end."""
    last = facts[-1]
    return (*facts, replace(last, fact=Seals().fact(fact), version=last.version + 1))


@pytest.mark.req("R-ART-27", "R-MAN-01", "R-MAN-02")
def test_every_other_artifact_is_listed_with_the_hash_and_size_of_its_bytes() -> None:
    made = {path: data for path, data in all_rendered(FULL).items() if path != MANIFEST}
    listed = {it["path"]: it for it in said()["data"]["artifacts"] if it["kind"] == "artifact"}
    assert {path: it["integrity"] for path, it in listed.items()} == {
        path: {"sha256": sha256(data).hexdigest(), "size_bytes": len(data)} for path, data in made.items()
    }
    assert all(it["commander"] == "p-alice" and not it["encrypted"] for it in listed.values())
    assert listed[SEVERITY]["produced_by_step"] == "1.2"


@pytest.mark.req("R-MAN-03")
def test_the_manifest_lists_neither_itself_nor_the_bundle() -> None:
    names = [it["path"].rpartition("/")[2] for it in said()["data"]["artifacts"]]
    assert {MANIFEST, BUNDLE}.isdisjoint(names)
    assert len(names) == len(set(names))


@pytest.mark.req("R-MAN-02", "R-MAN-06")
def test_a_registered_blob_is_listed_once_by_its_stored_bytes() -> None:
    ran = next(it.fact for it in FULL if isinstance(it.fact, MitigationCommandExecuted))
    more = added(replace(ran, seq=3, tried=2, stdout=Prose(blob=BLOB)))
    twice = added(replace(ran, seq=3, tried=3, stdout=Prose(blob=BLOB)), more)
    (listed,) = [it for it in said(twice)["data"]["artifacts"] if it["integrity"]["sha256"] == BLOB.sha256]
    assert listed["path"] == blob_path(BLOB.sha256)
    assert (listed["kind"], listed["artifact_id"]) == ("output", "attempt-1.command-3.try-2.1")
    assert (listed["encrypted"], listed["integrity"]["size_bytes"]) == (True, 4_711)
    assert listed["ledger"]["version"] == more[-1].version


@pytest.mark.req("R-MAN-01", "R-DEC-05", "R-ART-50")
def test_it_names_what_went_in_what_came_out_and_between_which_protocols_it_stands() -> None:
    data = said()["data"]
    assert data["dependencies"] == {"upstream": ["16", "15", "14"], "downstream": ["18", "22"]}
    assert [it["kind"] for it in data["inputs"]] == ["policy", "alert", "alert"]
    assert [it["source"] for it in data["transformations"]] == [
        "alert signals",
        "severity consensus",
        "execution",
        "recovery confirmation",
        "bundling",
    ]
    assert data["transformations"][2]["outputs"] == [EXECUTION, RECOVERY]
    assert data["transformations"][2]["facts"] == 5
    assert [it["number"] for it in data["gates"]][:3] == [1, 2, 3]
    assert data["ledger"] == said()["generated_from"]


@pytest.mark.req("R-MAN-01", "R-DEC-49")
def test_coverage_says_what_is_required_and_what_is_missing() -> None:
    early = said(until(FULL, at_version=40))
    assert early["status"] == "incomplete"
    covered = early["data"]["coverage"]
    assert RECOVERY in covered["missing"]
    assert covered["required"] == covered["present"] + len(covered["missing"])
    assert covered["ratio"] == {"num": covered["present"], "den": covered["required"]}
    made = {artifact.row.name for artifact in artifacts(view())}
    assert set(said()["data"]["coverage"]["missing"]) == {
        row.name for row in LISTED if row.required and row.name not in made
    }


@pytest.mark.req("R-TRN-24")
def test_where_nothing_had_to_be_executed_nothing_is_owed_of_mitigation() -> None:
    told = added(MitigationNotRequired(kind="self_recovered", rationale=prose("It did.")), FULL[:14])
    missing = said(told)["data"]["coverage"]["missing"]
    assert {EXECUTION, PLAN}.isdisjoint(missing)
    assert RECOVERY in missing


@pytest.mark.req("R-MAN-01")
def test_evidence_whose_bytes_do_not_hold_is_missing() -> None:
    damaged = added(EvidenceVerified(evidence_id="ev1", ok=False, found="damaged"))
    assert "evidence:ev1" in said(damaged)["data"]["coverage"]["missing"]


@pytest.mark.req("R-MAN-05", "R-DEC-54")
def test_a_revision_names_the_hash_of_the_one_that_was_sealed_before() -> None:
    seals = [it for it in FULL if isinstance(it.fact, EvidenceManifestSealed)]
    first = said(until(FULL, at_version=seals[0].version - 1))["data"]
    assert (first["revision"], first["previous_manifest_sha256"]) == (1, None)
    later = said()["data"]
    assert later["revision"] == len(seals) + 1
    assert later["previous_manifest_sha256"] == seals[-1].fact.sha256  # type: ignore[union-attr]  # a seal


@pytest.mark.req("R-MAN-05")
def test_what_a_seal_speaks_of_is_found_again() -> None:
    before = FULL[:-1]
    manifest = evidence_manifest(view(before))
    sealed = added(manifest_seal(before, revision=9), before)
    assert as_sealed(sealed) == before
    assert sealed_version(sealed, manifest.sha256) == before[-1].version
    assert sealed_version(sealed, "0" * 64) is None
    assert as_sealed(FULL[:5]) is None
    assert manifest.sha256 == sha256(all_rendered(before)[MANIFEST]).hexdigest()


@pytest.mark.req("R-ART-51")
def test_the_matrix_leads_from_facts_to_artifacts_to_gates_and_readers() -> None:
    matrix = json.loads(all_rendered(FULL)[TRACEABILITY])["data"]["traces"]
    trace = next(it for it in matrix if it["artifact"] == RECOVERY)
    assert (trace["gate"], trace["consumers"]) == ("recovery_validation", ["22", "16", "18"])
    assert {it["type"]: it["count"] for it in trace["facts"]} == {
        "tallystick.recovery-check-recorded.v1": 5,
        "tallystick.recovery-validation-completed.v1": 1,
    }
