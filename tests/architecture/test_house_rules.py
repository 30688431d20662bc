"""Rules of the house that no linter knows: what no file says, what each says, how large one may grow."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from statistics import median

import pytest

from tests.support.tree import ROOT, packages, tracked_files

# Written so that no pattern matches its own source.
REGISTRIES = re.compile(
    rb"pypi\.org|pythonhosted\.org|proxy\.golang\.org|registry\.npmjs|crates\.io/api|deb\.debian\.org"
)
MACHINE_PATHS = re.compile(rb"(?<![\w.~/$}-])/(?:root|work|home/\w+)/")
UNFINISHED = re.compile(rb"\b(?:TOD[O]|FIXM[E]|XX[X])\b")

# A linter is silenced with a reason: words on the same line, or a comment on the line before.
SILENCED = re.compile(
    r"#\s*(?:noqa(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?|type:\s*ignore(?:\[[\w, -]+\])?)(.*)$"
)

LOCKS = ("bootstrap.txt", "dev.txt", "fuzz.txt", "run.txt")
LINES_GUIDE = 120
LINES_LIMIT = 300
SUITE_LIMIT = 600


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _hits(pattern: re.Pattern[bytes]) -> list[str]:
    return [
        f"{_name(path)}:{number}: {line.strip()[:120]!r}"
        for path in tracked_files()
        for number, line in enumerate(path.read_bytes().split(b"\n"), start=1)
        if pattern.search(line)
    ]


def _pins(lock: str) -> dict[str, str]:
    """Return each pinned name and version of ``lock`` with the text that follows it, up to the next pin."""
    text = (ROOT / "requirements" / lock).read_text()
    found = re.findall(r"^([a-z0-9][a-z0-9.-]*==\S+)(.*?)(?=^[a-z0-9]|\Z)", text, re.MULTILINE | re.DOTALL)
    return dict(found)


@pytest.mark.parametrize(
    "pattern", [REGISTRIES, MACHINE_PATHS, UNFINISHED], ids=["registries", "machine paths", "unfinished"]
)
def test_no_file_names_a_registry_a_path_of_one_machine_or_unfinished_work(
    pattern: re.Pattern[bytes],
) -> None:
    assert _hits(pattern) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_hashes_and_no_lock_says_where_to_download(lock: str) -> None:
    pins = _pins(lock)
    assert pins
    assert [pin for pin, rest in pins.items() if not re.search(r"--hash=sha256:[0-9a-f]{64}", rest)] == []
    lines = (ROOT / "requirements" / lock).read_text().splitlines()
    options = [
        line for line in lines if re.match(r"\s*-", line) and not line.startswith("    --hash=sha256:")
    ]
    assert options == []
    assert [line for line in lines if "://" in line] == []


@pytest.mark.parametrize("lock", ["bootstrap.txt", "run.txt"])
def test_what_runs_is_what_was_tested(lock: str) -> None:
    surplus = _pins(lock).keys() - _pins("dev.txt").keys()
    assert {pin.split("==")[0] for pin in surplus} <= {"uv"}


def test_every_module_opens_with_a_docstring() -> None:
    silent = [
        _name(path) for path in tracked_files(".py") if not ast.get_docstring(ast.parse(path.read_bytes()))
    ]
    assert silent == []


def test_a_linter_is_never_silenced_without_a_reason() -> None:
    silent = []
    for path in tracked_files(".py"):
        lines = ["", *path.read_text().splitlines()]
        for number, line in enumerate(lines):
            found = SILENCED.search(line)
            explained = (
                found is None or len(found[1].split()) > 1 or lines[number - 1].lstrip().startswith("#")
            )
            if not explained:
                silent.append(f"{_name(path)}:{number}: {line.strip()}")
    assert silent == []


def test_no_test_file_shares_its_name_with_another() -> None:
    names = [path.name for path in tracked_files(".py") if path.name.startswith("test_")]
    assert sorted(names) == sorted(set(names))


def test_tests_need_no_package_files() -> None:
    assert [_name(path) for path in tracked_files("__init__.py") if _name(path).startswith("tests/")] == []


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{_name(page)}: {target}"
        for page in tracked_files(".md")
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text())
        if target != "NNNN-title.md" and not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_decision_is_in_the_index() -> None:
    pages = ROOT / "docs" / "decisions"
    index = (pages / "README.md").read_text()
    decisions = [
        path.name for path in tracked_files(".md") if path.parent == pages and path.name[:4].isdigit()
    ]
    assert [name for name in decisions if f"({name})" not in index] == []


def test_the_trust_model_names_tests_that_exist() -> None:
    named = set(re.findall(r"`(test_[a-z0-9_]+)`", (ROOT / "docs" / "trust-model.md").read_text()))
    known = {path.stem for path in tracked_files(".py")}
    assert named
    assert named - known == set()


def test_modules_stay_small() -> None:
    sizes = {_name(path): len(path.read_bytes().splitlines()) for path in tracked_files(".py")}
    ours = {name: size for name, size in sizes.items() if name.split("/")[0] in packages()}
    print(f"median of {len(ours)} modules: {median(ours.values())} lines (guide: {LINES_GUIDE})")
    for name, size in sorted(ours.items(), key=lambda item: -item[1])[:10]:
        print(f"{size:5} {name}")
    # A suite of one contract may be longer than a module: it is a list of sentences, not one thought.
    limits = {name: LINES_LIMIT if name in ours else SUITE_LIMIT for name in sizes}
    assert {name: size for name, size in sizes.items() if size > limits[name]} == {}


def test_functions_stay_small() -> None:
    lengths = sorted(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in tracked_files(".py")
        if _name(path).split("/")[0] in packages()
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    nine_of_ten = lengths[len(lengths) * 9 // 10]
    print(f"{len(lengths)} functions: median {median(lengths)} lines (guide: 7), nine of ten {nine_of_ten}")
    assert nine_of_ten <= 25
