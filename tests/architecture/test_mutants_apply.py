"""The list of mutations keeps up with the code: each still finds its text, changes it, and has its tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.mutants import Mutant, judge, read_list
from tests.support.tree import ROOT

MUTANTS = read_list()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutation_still_applies(mutant: Mutant) -> None:
    changed = mutant.source(ROOT)
    assert changed != (ROOT / mutant.file).read_text()
    if mutant.file.endswith(".py"):
        compile(changed, mutant.file, "exec")
    assert [test for test in mutant.tests if not (ROOT / test.split("::", 1)[0]).exists()] == []


def test_mutations_have_names_of_their_own() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(
    ("replace", "verdict"), [("return 2", "killed"), ("return 1 + 0", "SURVIVED"), ("return (", "BROKEN")]
)
def test_a_mutant_is_judged_by_its_tests(tmp_path: Path, replace: str, verdict: str) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "guard.py").write_text("def guard():\n    return 1\n")
    (tmp_path / "test_guard.py").write_text(
        "from guard import guard\n\n\ndef test_it():\n    assert guard() == 1\n"
    )
    mutant = Mutant(name="it", file="guard.py", find="return 1", replace=replace, tests=("test_guard.py",))
    assert judge(mutant, tmp_path) == verdict
    assert (tmp_path / "guard.py").read_text() == "def guard():\n    return 1\n"


def test_a_mutation_whose_text_is_gone_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "guard.py").write_text("")
    with pytest.raises(ValueError, match="expected its text once"):
        Mutant(name="it", file="guard.py", find="x", replace="y", tests=()).source(tmp_path)
