"""What fuzzing found stays found out: every kept input, and what every target starts from."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest

from tests.fuzzing.mutating import fuzz, mutated
from tests.fuzzing.targets import KEPT, TARGETS, Target

FOUND = sorted(path for path in KEPT.glob("*/*") if path.is_file())


def test_there_are_inputs_that_were_found() -> None:
    assert FOUND


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_was_found_is_no_longer_a_fault(path: Path) -> None:
    TARGETS[path.parent.name].run(path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_holds_out_on_what_it_starts_from(name: str) -> None:
    random = Random(name)
    for seed in TARGETS[name].seeds[:10]:
        TARGETS[name].run(seed)
        TARGETS[name].run(mutated(seed, random))


def test_fuzzing_at_random_finds_what_is_there() -> None:
    def breaks(data: bytes) -> None:
        assert not re.search(rb"\xff", data)

    runs, failed = fuzz(Target(breaks, [b"some text to change"]), 10.0, Random(1))
    assert runs > 1
    assert failed is not None
    assert b"\xff" in failed


def test_a_target_that_holds_out_is_run_as_long_as_asked() -> None:
    runs, failed = fuzz(Target(bytes.hex, [b"text"]), 0.05, Random(1))  # type: ignore[arg-type] # what it returns is no matter
    assert (runs > 10, failed) == (True, None)
