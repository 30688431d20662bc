"""``tallystick artifacts``: which documents an incident has, and writing them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.support.commandline import Tally
from tests.support.use_cases import make_home

WHY = "rationale=Error rate above 20 %, confirmed by hand"


@pytest.fixture(scope="module")
def tally(tmp_path_factory: pytest.TempPathFactory) -> Tally:
    tally = Tally(make_home(tmp_path_factory.mktemp("artifacts") / "home"))
    number = tally.opened(title="Checkout is slow", services="checkout")
    tally("act", number, "declare", WHY).fine()
    tally("act", number, "propose-severity", "severity=SEV-1", WHY).fine()
    return tally


@pytest.mark.req("R-ART-01")
def test_the_list_names_files_and_hashes(tally: Tally) -> None:
    found = tally("artifacts", "list", "INC-1", "--json").fine().json
    listed = {item["path"]: item["sha256"] for item in found["artifacts"]}
    assert "severity-assessment.json" in listed
    said = tally("artifacts", "list", "INC-1").fine().out
    assert all(path in said and digest in said for path, digest in listed.items())
    assert "Missing: " in said


@pytest.mark.req("R-ART-01", "R-STO-01")
def test_all_are_written_as_the_list_says(tally: Tally, tmp_path: Path) -> None:
    found = tally("artifacts", "list", "INC-1", "--json").fine().json
    tally("artifacts", "render", "INC-1", "--out", tmp_path / "out").fine()
    written = {
        file.relative_to(tmp_path / "out").as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in (tmp_path / "out").rglob("*")
        if file.is_file()
    }
    assert written == {item["path"]: item["sha256"] for item in found["artifacts"]}
    assert tally("artifacts", "render", "INC-1", "--out", tmp_path / "out").code == 64


def test_one_is_printed_or_written_canonical_or_readable(tally: Tally, tmp_path: Path) -> None:
    printed = tally("artifacts", "render", "INC-1", "severity-assessment").fine().out
    assert json.loads(printed)["status"]
    assert "⟦sealed:" in printed
    readable = tally("artifacts", "render", "INC-1", "severity-assessment.json", "--readable").fine().out
    assert "confirmed by hand" in readable
    tally("artifacts", "render", "INC-1", "timeline", "--out", tmp_path / "one").fine()
    assert [file.name for file in (tmp_path / "one").iterdir()] == ["incident-timeline.md"]


def test_what_is_not_there_is_said_and_leaves_nothing(tally: Tally, tmp_path: Path) -> None:
    missing = tally("artifacts", "render", "INC-1", "nothing.md")
    assert "nothing.md" in missing.err
    for name in ("nothing.md", "resolution-summary.json"):
        written = tally("artifacts", "render", "INC-1", name, "--out", tmp_path / "out")
        assert (written.code, name in written.err) == (missing.code, True)
    assert list(tmp_path.iterdir()) == []
    assert tally("artifacts", "render", "INC-1").code == 64
    early = tally("artifacts", "render", "INC-1", "severity-assessment", "--at-version", "1")
    assert (early.code, early.out) == (tally("artifacts", "render", "INC-1", "nothing.md").code, "")
