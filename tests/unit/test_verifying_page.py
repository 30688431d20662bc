"""``docs/verifying.md`` says what the verifier does."""

from __future__ import annotations

import re

from tests.support.tree import ROOT
from verifier.command import USAGE
from verifier.report import EXITS
from verifier.steps import STEP_OF_KIND

PAGE = (ROOT / "docs/verifying.md").read_text()


def test_every_kind_of_finding_is_explained_at_its_step_and_no_other() -> None:
    rows = dict(re.findall(r"^\| (\d+) \| .* \| ([^|]*) \|$", PAGE, re.MULTILINE))
    explained = {kind: int(step) for step, kinds in rows.items() for kind in re.findall(r"`([a-z]+)`", kinds)}
    assert explained == {kind: step.value for kind, step in STEP_OF_KIND.items()}


def test_every_verdict_is_explained_with_its_exit_code() -> None:
    rows = re.findall(r"^\| (\d+) \| ([a-z ]+|-) \| ", PAGE, re.MULTILINE)
    verdicts = {verdict: int(code) for code, verdict in rows if not code.startswith("10")}
    assert dict(EXITS).items() <= verdicts.items()
    assert verdicts["-"] == USAGE
