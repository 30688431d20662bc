"""The verifier says of how many incidents it does not prove that two people agreed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from application.engine import Engine
from domain.intake.commands import OpenIncident, TightenProfile
from tests.support.judging import Judged, judged_export
from tests.support.playing import ALICE
from tests.support.use_cases import DECLARE, SteppingClock, do, open_one
from verifier.conclusion import SOLO
from verifier.rendering import to_json, to_text

ALONE = OpenIncident(
    title="The nightly job is stuck", environment="production", services=("reports",), profile="solo"
)


def alone_and_together(engine: Engine, _clock: SteppingClock) -> None:
    """Open one incident of each kind: solo, solo once and tightened since, and team."""
    open_one(engine, ALONE, principal=ALICE)
    tightened = open_one(engine, ALONE, principal=ALICE)
    do(engine, DECLARE, tightened, principal=ALICE)
    do(
        engine,
        TightenProfile(profile="team", rationale="Somebody else is here by now."),
        tightened,
        principal=ALICE,
    )
    open_one(engine, principal=ALICE)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    folder = tmp_path_factory.mktemp("solo")
    return judged_export(folder / "home", folder / "export", alone_and_together)


@pytest.mark.req("R-PROF-01")
def test_solo_incidents_are_counted_among_what_is_not_proven(judged: Judged) -> None:
    report = judged.report()
    assert report.verdict == "valid"
    said = SOLO.format(1)
    assert said in report.does_not_prove
    assert said in to_text(report)
    assert said in json.loads(to_json(report))["does_not_prove"]


@pytest.mark.req("R-PROF-01")
def test_nothing_is_said_of_solo_where_nobody_works_alone(tmp_path: Path) -> None:
    def together(engine: Engine, _clock: SteppingClock) -> None:
        open_one(engine, principal=ALICE)

    report = judged_export(tmp_path / "home", tmp_path / "export", together).report()
    assert not [line for line in report.does_not_prove if "solo" in line]
