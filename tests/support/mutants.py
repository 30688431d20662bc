"""Named mutations: each switches one guard off in a copy of the tree, and the tests beside it must fail.

`make mutants` runs them all, `make mutants ARGS=proof` those whose name contains "proof". The list is
`tests/mutants.toml`. Killed means that a test failed (pytest exits 1); a mutant that survives shows a guard
nobody tests, and one that does not even load (any other exit) shows a mistake in the list.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import msgspec

from tests.support.tree import ROOT, tracked_files

LIST = ROOT / "tests" / "mutants.toml"
TIMEOUT_S = 300
"""How long the tests of one mutant may take; a hang is a failure."""
UNCHANGED_S = 3_600
"""How long those of all of them may take, one after the other."""


class Mutant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In ``file`` the text ``find``, found there once, becomes ``replace``; one of ``tests`` notices."""

    name: str
    file: str
    find: str
    replace: str
    tests: tuple[str, ...]

    def source(self, tree: Path) -> str:
        """Return the changed text of the file."""
        text = (tree / self.file).read_text()
        if text.count(self.find) != 1:
            raise ValueError(
                f"{self.name}: expected its text once in {self.file}, found {text.count(self.find)}"
            )
        return text.replace(self.find, self.replace)


def read_list() -> tuple[Mutant, ...]:
    """Return the mutations of `tests/mutants.toml`, in their order."""
    return msgspec.convert(tomllib.loads(LIST.read_text())["mutant"], tuple[Mutant, ...])


def copy_tree(target: Path) -> None:
    """Copy every file that git knows below ``target``, as it is now."""
    for path in tracked_files():
        copy = target / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)


def run_tests(tree: Path, tests: tuple[str, ...], timeout_s: float = TIMEOUT_S) -> int:
    """Return pytest's exit status for ``tests`` in ``tree``; a hang counts as a failure.

    PYTHONPATH puts the copy before the editable install, for the child processes of tests as well.
    """
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return subprocess.run(
            command, cwd=tree, env=environment, capture_output=True, timeout=timeout_s, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        return 1


def judge(mutant: Mutant, tree: Path) -> str:
    """Return "killed", "SURVIVED" or "BROKEN" for one mutant; ``tree`` is as before afterwards."""
    path = tree / mutant.file
    original = path.read_bytes()
    path.write_text(mutant.source(tree))
    try:
        status = run_tests(tree, mutant.tests)
    finally:
        path.write_bytes(original)
    return {0: "SURVIVED", 1: "killed"}.get(status, "BROKEN")


def main(wanted: str = "") -> int:
    """Judge the mutants whose name contains ``wanted``; return 0 when all of them were killed."""
    mutants = tuple(mutant for mutant in read_list() if wanted in mutant.name)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = Path(folder)
        copy_tree(tree)
        for mutant in mutants:
            mutant.source(tree)
        tests = tuple(sorted({test for mutant in mutants for test in mutant.tests}))
        if run_tests(tree, tests, UNCHANGED_S) != 0:
            print(f"without any mutation these fail already: {' '.join(tests)}", file=sys.stderr)
            print("(only files that git knows are copied)", file=sys.stderr)
            return 2
        verdicts = [_judged(mutant, tree) for mutant in mutants]
    print(f"{verdicts.count('killed')} of {len(verdicts)} mutants killed")
    return 0 if set(verdicts) <= {"killed"} else 1


def _judged(mutant: Mutant, tree: Path) -> str:
    start = time.monotonic()
    verdict = judge(mutant, tree)
    print(f"{verdict:8} {time.monotonic() - start:5.1f} s  {mutant.name}", flush=True)
    return verdict


if __name__ == "__main__":
    sys.exit(main(" ".join(sys.argv[1:])))
