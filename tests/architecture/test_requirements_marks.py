"""The marks of tests: `req` names requirements and nothing else, `soak` waits until it is asked for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.marks import complaint
from tests.support.tree import ROOT


def _pytest(folder: Path, source: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_inner.py").write_text(f"import pytest\n{source}\ndef test_inner():\n    pass\n")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    req\n    soak\n")
    plugins = ("-p", "tests.support.marks", "-p", "no:cacheprovider", "-p", "no:hypothesispytest")
    command = [sys.executable, "-m", "pytest", "-q", *plugins, *options, str(folder)]
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("args", [("R-EVT-03",), ("R-WF-33", "R-ROL-02")])
def test_ids_of_requirements_are_accepted(args: tuple[object, ...]) -> None:
    assert complaint(args, {}) is None


@pytest.mark.parametrize(
    "args",
    [(), ("EVT-03",), ("R-EVT-",), ("R-evt-03",), ("R-EVT-03 ",), ("R-EVT-03", 4), ("R-EVT-03", "R-EVT-03")],
)
def test_anything_else_is_refused(args: tuple[object, ...]) -> None:
    assert complaint(args, {}) is not None


def test_a_keyword_is_refused() -> None:
    assert complaint(("R-EVT-03",), {"id": "R-EVT-04"}) is not None


def test_a_wrong_mark_stops_the_test_run_and_says_where(tmp_path: Path) -> None:
    result = _pytest(tmp_path, "@pytest.mark.req('EVT-3')")
    assert result.returncode == pytest.ExitCode.USAGE_ERROR, result.stdout
    assert "test_inner.py::test_inner: req mark: expected ids like R-EVT-03, found 'EVT-3'" in result.stderr


@pytest.mark.parametrize(
    ("options", "outcome"),
    [((), "1 deselected"), (("-m", "soak"), "1 passed"), (("-m", "not req"), "1 deselected")],
)
def test_a_long_form_runs_only_when_it_is_asked_for(
    tmp_path: Path, options: tuple[str, ...], outcome: str
) -> None:
    # `-m "not req"` speaks of another mark, so the long forms stay out.
    assert outcome in _pytest(tmp_path, "@pytest.mark.soak", *options).stdout
