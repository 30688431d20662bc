"""The bundle: sealed once, made again from the ledger with the same bytes, or not at all (R-BUN-03)."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from application.bundling import write_bundle
from application.engine import Engine
from domain.archive.facts import EvidenceBundleSealed
from domain.artifacts import BUNDLE
from ledger.errors import IntegrityError, StoreError
from tallystick.demo.script import STEPS
from tallystick.demo.stage import DemoClock, Stage
from tallystick.demo.steps import PEOPLE
from tallystick.settings import load_settings
from tallystick.wiring import open_engine
from tests.support.use_cases import make_home


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


@pytest.mark.req("R-BUN-01", "R-BUN-03", "R-MAN-03")
def test_the_sealed_bundle_is_made_again_with_the_same_bytes(
    engine: Engine, played: tuple[Path, str, EvidenceBundleSealed], tmp_path: Path
) -> None:
    _, stream, sealed = played
    for name in ("one.zip", "two.zip"):
        write_bundle(engine, stream, sealed, tmp_path / name)
    made = (tmp_path / "one.zip").read_bytes()
    assert made == (tmp_path / "two.zip").read_bytes()
    assert (hashlib.sha256(made).hexdigest(), len(made)) == (sealed.sha256, sealed.size_bytes)
    assert sealed.name == BUNDLE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "one.zip", "two.zip"]


@pytest.mark.req("R-BUN-02", "R-MAN-01")
def test_the_bundle_holds_the_manifest_artifacts_evidence_entries_and_proofs(
    engine: Engine, played: tuple[Path, str, EvidenceBundleSealed], tmp_path: Path
) -> None:
    _, stream, sealed = played
    write_bundle(engine, stream, sealed, tmp_path / BUNDLE)
    with ZipFile(tmp_path / BUNDLE) as archive:
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


@pytest.mark.req("R-STO-04", "R-BUN-04")
def test_a_bundle_that_would_not_be_the_sealed_one_is_not_given_out(
    engine: Engine, played: tuple[Path, str, EvidenceBundleSealed], tmp_path: Path
) -> None:
    _, stream, sealed = played
    for blob in (tmp_path / "home" / "blobs").rglob("*"):
        if blob.is_file():
            blob.write_bytes(b"x" + blob.read_bytes()[1:])
    with pytest.raises(IntegrityError):
        write_bundle(engine, stream, sealed, tmp_path / BUNDLE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]


def test_a_bundle_replaces_no_file(
    engine: Engine, played: tuple[Path, str, EvidenceBundleSealed], tmp_path: Path
) -> None:
    _, stream, sealed = played
    (tmp_path / BUNDLE).write_bytes(b"mine")
    with pytest.raises(StoreError, match="expected no such file yet"):
        write_bundle(engine, stream, sealed, tmp_path / BUNDLE)
    assert (tmp_path / BUNDLE).read_bytes() == b"mine"
