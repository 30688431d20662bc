"""The bundle: sealed once, made again from the ledger with the same bytes, or not at all (R-BUN-03)."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient

from application.bundling import made_again, sealed_bundle
from application.engine import Engine
from application.reading import stream_facts
from domain.archive.facts import EvidenceBundleSealed, EvidenceManifestSealed
from domain.artifacts import BUNDLE
from ledger.errors import IntegrityError
from tallystick.demo.script import STEPS
from tallystick.demo.stage import DemoClock, Stage
from tallystick.demo.steps import PEOPLE
from tallystick.service import build_app
from tallystick.settings import load_settings
from tallystick.wiring import open_engine
from tests.support.commandline import run
from tests.support.use_cases import make_home, open_one


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, EvidenceBundleSealed]:
    """Return a home with a closed incident, its stream, and what was sealed of its bundle."""
    home = make_home(tmp_path_factory.mktemp("bundle") / "home")
    settings, clock = load_settings(home=home), DemoClock(datetime(2026, 3, 1, 2, 10, tzinfo=UTC))
    with open_engine(settings, clock=clock) as engine:
        stage = Stage(engine, settings, clock)
        for person in PEOPLE:
            stage.cast(person)
        for step in STEPS:
            stage.play(step)
        sealed = stage.state().archive.bundle
        assert sealed is not None
        assert stage.stream is not None
        return home, stage.stream, sealed.fact


@pytest.fixture
def engine(played: tuple[Path, str, EvidenceBundleSealed], tmp_path: Path) -> Iterator[Engine]:
    shutil.copytree(played[0], tmp_path / "home")
    with open_engine(load_settings(home=tmp_path / "home")) as engine:
        yield engine


def bytes_of(engine: Engine, stream: str, sealed: EvidenceBundleSealed) -> bytes:
    with closing(made_again(engine, stream, sealed)) as staged:
        return b"".join(staged.chunks())


@pytest.mark.req("R-BUN-01", "R-BUN-03", "R-MAN-03")
def test_the_sealed_bundle_is_made_again_with_the_same_bytes(
    engine: Engine, played: tuple[Path, str, EvidenceBundleSealed]
) -> None:
    _, stream, sealed = played
    made = bytes_of(engine, stream, sealed)
    assert made == bytes_of(engine, stream, sealed)
    assert (hashlib.sha256(made).hexdigest(), len(made)) == (sealed.sha256, sealed.size_bytes)
    assert sealed.name == BUNDLE
    assert list(engine.spools.glob(".export-*")) == []


@pytest.mark.req("R-BUN-02", "R-MAN-01")
def test_the_bundle_holds_the_manifest_artifacts_evidence_entries_and_proofs(
    engine: Engine, played: tuple[Path, str, EvidenceBundleSealed]
) -> None:
    _, stream, sealed = played
    with ZipFile(BytesIO(bytes_of(engine, stream, sealed))) as archive:
        names = set(archive.namelist())
    artifacts = {name.rsplit("/", 1)[-1] for name in names if name.startswith("artifacts/")}
    assert artifacts >= {
        "INCIDENT-REPORT.md",
        "evidence-manifest.json",
        "rca-manifest.json",
        "reviewer-signoff.json",
        "decision-log.json",
        "resolution-validation.json",
        "traceability-matrix.json",
    }
    assert names >= {f"streams/{stream}.jsonl", "checkpoint", "completeness.json", "VERIFY.md", "SHA256SUMS"}
    assert sum(name.startswith("blobs/") for name in names) >= 3


@pytest.mark.req("R-MAN-05", "R-DEC-54")
def test_the_bundle_holds_the_very_manifest_that_was_sealed_and_what_it_lists(
    engine: Engine, played: tuple[Path, str, EvidenceBundleSealed]
) -> None:
    _, stream, sealed = played
    facts = (item.fact for item in stream_facts(engine.store, stream))
    manifests = [fact for fact in facts if isinstance(fact, EvidenceManifestSealed)]
    folder = f"artifacts/{stream}/"
    with ZipFile(BytesIO(bytes_of(engine, stream, sealed))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = files[f"{folder}evidence-manifest.json"]
    assert hashlib.sha256(manifest).hexdigest() == manifests[-1].sha256
    for item in json.loads(manifest)["data"]["artifacts"]:
        path = item["path"] if item["encrypted"] else folder + item["path"]
        assert hashlib.sha256(files[path]).hexdigest() == item["integrity"]["sha256"]


@pytest.mark.req("R-STO-04", "R-BUN-04")
def test_a_bundle_that_would_not_be_the_sealed_one_is_not_given_out(
    engine: Engine, played: tuple[Path, str, EvidenceBundleSealed], tmp_path: Path
) -> None:
    _, stream, sealed = played
    with pytest.raises(IntegrityError, match="as sealed"):
        made_again(engine, stream, replace(sealed, sha256="0" * 64))
    with pytest.raises(IntegrityError, match="a published checkpoint of 7 entries"):
        made_again(engine, stream, replace(sealed, log_size=7))
    for blob in (tmp_path / "home" / "blobs").rglob("*"):
        if blob.is_file():
            blob.write_bytes(b"x" + blob.read_bytes()[1:])
    with pytest.raises(IntegrityError):
        made_again(engine, stream, sealed)
    assert list(engine.spools.glob(".export-*")) == []


def test_an_incident_without_a_sealed_bundle_has_none(engine: Engine) -> None:
    assert sealed_bundle(engine, open_one(engine)) is None


@pytest.mark.req("R-BUN-04")
def test_the_bundle_is_saved_from_the_command_line_and_over_http(
    played: tuple[Path, str, EvidenceBundleSealed], tmp_path: Path
) -> None:
    home, stream, sealed = played
    run("bundle", "INC-1", "--out", tmp_path / BUNDLE, "--home", home).fine()
    made = (tmp_path / BUNDLE).read_bytes()
    assert hashlib.sha256(made).hexdigest() == sealed.sha256
    again = run("bundle", "INC-1", "--out", tmp_path / BUNDLE, "--home", home)
    assert (again.code, "expected no such file" in again.err) == (64, True)
    token = {"Authorization": f"Bearer {(home / 'admin.token').read_text().strip()}"}
    settings = load_settings(home=home)
    with open_engine(settings) as engine, TestClient(build_app(settings, engine)) as http:
        answer = http.get(f"/v1/incidents/{stream}/bundle", headers=token)
        assert (answer.status_code, answer.content) == (200, made)
        other = open_one(engine)
        absent = http.get(f"/v1/incidents/{other}/bundle", headers=token)
        assert (absent.status_code, "no bundle was sealed" in absent.text) == (404, True)


def test_a_bundle_needs_a_folder_that_is_there(
    played: tuple[Path, str, EvidenceBundleSealed], tmp_path: Path
) -> None:
    ended = run("bundle", "INC-1", "--out", tmp_path / "none" / BUNDLE, "--home", played[0])
    assert (ended.code, f"expected a folder for it, found no {tmp_path / 'none'}" in ended.err) == (64, True)
