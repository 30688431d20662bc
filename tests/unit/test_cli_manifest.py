"""``tallystick manifest verify``: what a manifest lists is there, byte for byte, and nothing else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.commandline import Tally, run
from tests.support.use_cases import make_home

WHY = "rationale=Error rate above 20 %, confirmed by hand"
NAME = "evidence-manifest.json"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an export of the ledger, and one with the artifacts of its incident alone."""
    folder = tmp_path_factory.mktemp("manifest")
    tally = Tally(make_home(folder / "home"))
    number = tally.opened(title="Checkout is slow", services="checkout")
    tally("act", number, "declare", WHY).fine()
    tally("act", number, "propose-severity", "severity=SEV-1", WHY).fine()
    tally("export", "--ledger", "--out", folder / "export").fine()
    tally("artifacts", "render", "INC-1", "--out", folder / "alone").fine()
    return folder


def manifest_in(folder: Path) -> Path:
    return next(folder.rglob(NAME))


def changed(path: Path, change: Callable[[Any], None]) -> None:
    """Change what a manifest says."""
    found = json.loads(path.read_bytes())
    change(found["data"])
    path.write_text(json.dumps(found))


@pytest.mark.req("R-MAN-04")
def test_an_export_and_a_folder_of_artifacts_hold_what_their_manifest_lists(made: Path) -> None:
    whole = run("manifest", "verify", made / "export", "--log-key", made / "home" / "log.vkey").fine()
    assert "The entries behind it: valid." in whole.out
    assert ", 0 mismatches" in run("manifest", "verify", made / "export").fine().out
    alone = run("manifest", "verify", made / "alone").fine().out
    assert "was not checked" in alone
    assert run("manifest", "verify", made / "alone", "--json").fine().json["findings"] == []


@pytest.mark.req("R-MAN-04")
@pytest.mark.parametrize("source", ["export", "alone"])
def test_a_changed_and_a_missing_file_are_named(made: Path, tmp_path: Path, source: str) -> None:
    copy = shutil.copytree(made / source, tmp_path / "copy")
    folder = manifest_in(copy).parent
    (folder / "incident-timeline.md").write_bytes(b"# Nothing happened\n")
    (folder / "severity-assessment.json").unlink()
    ran = run("manifest", "verify", copy)
    assert ran.code == 1
    assert "incident-timeline.md: expected " in ran.out
    assert "severity-assessment.json: expected a file, found none" in ran.out


def test_a_file_that_nothing_lists_is_named(made: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(made / "export", tmp_path / "copy")
    (manifest_in(copy).parent / "surplus.md").write_text("# More\n")
    ran = run("manifest", "verify", copy)
    assert (ran.code, "surplus.md: expected a file that the manifest lists" in ran.out) == (1, True)


@pytest.mark.req("R-MAN-04", "R-STO-04")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data["coverage"].update(present=99), "required: present and missing"),
        (lambda data: data["coverage"]["ratio"].update(num=99), "coverage of"),
        (lambda data: data["coverage"]["missing"].append("incident-timeline.md"), "found both"),
        (lambda data: data["artifacts"][0]["integrity"].update(size_bytes=1), "expected 1 bytes"),
        (lambda data: data["artifacts"][0].update(path="../../../etc/passwd"), "expected artifacts/"),
        (lambda data: data["artifacts"][0].update(path="/etc/passwd", encrypted=True), "expected blobs/"),
        (lambda data: data.pop("coverage"), "expected a manifest"),
    ],
)
def test_what_a_manifest_says_wrongly_is_found(made: Path, tmp_path: Path, change: Any, said: str) -> None:
    copy = shutil.copytree(made / "alone", tmp_path / "copy")
    changed(manifest_in(copy), change)
    ran = run("manifest", "verify", copy)
    assert (ran.code, said in ran.out) == (1, True), ran.out


def test_where_there_is_no_manifest_that_is_said(tmp_path: Path) -> None:
    assert "expected a manifest, found none" in run("manifest", "verify", tmp_path).out
    assert run("manifest", "verify", tmp_path / "nowhere").code == 64
