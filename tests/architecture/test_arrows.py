"""Imports run one way (design section 2), and a wrong import would be found."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tree import ROOT, packages


def _lint_imports(tree: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def copied_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("arrows")
    shutil.copy(ROOT / "pyproject.toml", tree)
    for package in packages():
        shutil.copytree(ROOT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tree


def test_every_import_contract_is_kept() -> None:
    result = _lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        ("domain/wrong.py", "import ledger.errors", "The two cores do not know each other"),
        ("ledger/wrong.py", "import domain", "The two cores do not know each other"),
        ("ledger/wrong.py", "import projections", "Arrows run one way"),
        ("projections/wrong.py", "import application", "Arrows run one way"),
        ("application/wrong.py", "import tallystick", "Arrows run one way"),
        ("api/wrong.py", "import consumers", "Arrows run one way"),
        ("consumers/wrong.py", "def late() -> None:\n    import verifier", "Arrows run one way"),
        ("verifier/wrong.py", "import application", "The verifier knows formats, meaning and folds only"),
        ("verifier/wrong.py", "import ledger.store", "The verifier knows formats, meaning and folds only"),
        (
            "verifier/wrong.py",
            "import ledger.store.sqlite",
            "The verifier knows formats, meaning and folds only",
        ),
        ("verifier/wrong.py", "import ledger.writer", "The verifier knows formats, meaning and folds only"),
    ],
)
def test_a_wrong_import_breaks_its_contract(
    copied_tree: Path, module: str, statement: str, contract: str
) -> None:
    wrong = copied_tree / module
    wrong.write_text(f"{statement}\n")
    try:
        result = _lint_imports(copied_tree)
    finally:
        wrong.unlink()
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{contract} BROKEN" in result.stdout


def test_a_wrong_import_behind_another_module_breaks_the_contract_too(copied_tree: Path) -> None:
    (copied_tree / "ledger/between.py").write_text("import ledger.store.sqlite\n")
    (copied_tree / "verifier/wrong.py").write_text("import ledger.between\n")
    try:
        result = _lint_imports(copied_tree)
    finally:
        (copied_tree / "ledger/between.py").unlink()
        (copied_tree / "verifier/wrong.py").unlink()
    assert result.returncode == 1, result.stdout + result.stderr
    assert "ledger.between -> ledger.store.sqlite" in result.stdout
