"""``tallystick demo``: a whole incident on the real code path, exported, verified, and its forgery found."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.artifacts import BUNDLE
from tallystick.demo.script import STEPS
from tallystick.demo.steps import PEOPLE
from tests.support.commandline import Ran, run


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, Path]:
    out = tmp_path_factory.mktemp("demo") / "out"
    return run("demo", "--out", out), out


@pytest.mark.req("R-DRILL-01", "R-BUN-01", "R-SVC-08")
def test_the_demonstration_goes_from_the_alert_to_a_closed_incident(demo: tuple[Ran, Path]) -> None:
    ran = demo[0].fine()
    for step in STEPS:
        assert step.says in ran.out
    assert [f"gate {number}: PASS" in ran.out for number in (2, 3, 4)] == [True] * 3
    assert "now closed" in ran.out
    assert "As of 02:22" in ran.out


@pytest.mark.req("R-SVC-06")
def test_the_bundle_is_valid_and_a_copy_with_one_bit_changed_is_not(demo: tuple[Ran, Path]) -> None:
    ran, out = demo
    said = ran.out.splitlines()
    assert said.index("  VALID") < said.index("  INVALID")
    key = (out / "home" / "log.vkey").read_text().strip()
    assert run("verify", out / BUNDLE, "--log-key", key).code == 0
    changed = run("verify", out / "altered", "--log-key", key)
    assert changed.code == 1
    assert "INVALID" in changed.out


@pytest.mark.req("R-ART-23", "R-WF-35")
def test_what_the_demonstration_left_is_an_incident_of_27_minutes(demo: tuple[Ran, Path]) -> None:
    (report,) = (demo[1] / "altered" / "artifacts").glob("*/INCIDENT-REPORT.md")
    assert "- Duration: 27 minutes" in report.read_text()
    assert "Drill" in report.read_text()


def test_the_demonstration_overwrites_nothing(tmp_path: Path) -> None:
    ran = run("demo", "--out", tmp_path)
    assert ran.code == 64
    assert "expected no such folder" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_everybody_of_the_script_is_in_the_cast() -> None:
    cast = {person.name for person in PEOPLE} | {"Alertmanager"}
    assert {step.who for step in STEPS} == cast
    assert [step.at for step in STEPS] == sorted(step.at for step in STEPS)
