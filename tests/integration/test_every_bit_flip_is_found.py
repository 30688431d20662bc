"""Every single-bit flip in each file of an export of two events is found (the issue, "Proof by outsiders").

Twice: as it is, where SHA256SUMS is the first to notice; and with sums that a forger made to fit, where the
evidence itself must notice. The page VERIFY.md is help and no evidence, so only the first finds it changed.
Of the larger files some bits stand for all here; `make soak` tries every one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ledger.exportlayout import HELP, SUMS
from tests.support.exports import content, log_keys, two_event_export
from tests.support.forging import Content, with_sums
from verifier import Memory, verify

Sums = Callable[[Content], Content]
"""What is done with SHA256SUMS after a change."""

KINDS = ("VERIFY.md", "SHA256SUMS", "log.vkey", "checkpoint", "tile/0", "tile/entries", "blobs", "artifacts")
SOME = {"VERIFY.md": 61, "SHA256SUMS": 31, "tile/entries": 7, "blobs": 251, "artifacts": 509}
"""Every so-manieth bit of these is tried: primes, so that each place in a byte has its turn."""

EVIDENCE = tuple(kind for kind in KINDS if kind not in {HELP, SUMS})


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Content:
    return content(two_event_export(tmp_path_factory.mktemp("two")))


def test_the_export_itself_is_valid_and_has_every_kind_of_file(export: Content) -> None:
    report = verify(Memory(export), log_keys=log_keys())
    assert (report.verdict, report.size) == ("valid", 2)
    assert all(any(path.startswith(kind) for path in export) for kind in KINDS)
    assert all(path.startswith(KINDS) for path in export)


@pytest.mark.parametrize("kind", KINDS)
def test_every_flip_is_found(export: Content, kind: str) -> None:
    assert _missed(export, kind, lambda changed: changed, SOME.get(kind, 1)) == []


@pytest.mark.parametrize("kind", EVIDENCE)
def test_every_flip_is_found_when_the_sums_were_made_to_fit(export: Content, kind: str) -> None:
    assert _missed(export, kind, with_sums, SOME.get(kind, 1)) == []


@pytest.mark.soak
@pytest.mark.parametrize("kind", SOME)
def test_every_single_flip_is_found(export: Content, kind: str) -> None:
    assert _missed(export, kind, lambda changed: changed, 1) == []
    if kind in EVIDENCE:
        assert _missed(export, kind, with_sums, 1) == []


def _missed(export: Content, kind: str, sums: Sums, some: int) -> list[str]:
    """Return the bits of the files of a kind that can be flipped with nobody noticing."""
    return [
        f"{path}, bit {bit}"
        for path in _paths(export, kind)
        for bit in range(0, 8 * len(export[path]), some)
        if _is_accepted(sums(_flipped(export, path, bit)))
    ]


def _is_accepted(changed: Content) -> bool:
    report = verify(Memory(changed), log_keys=log_keys())
    # Another renderer number is what a newer program would write: not refuted, and not accepted either.
    newer = [gap for gap in report.gaps if gap.first.reason.startswith("not re-derived: renderer ")]
    assert not newer or report.exit_code != 0
    return report.verdict != "invalid" and not newer


def _paths(export: Content, kind: str) -> Iterator[str]:
    return (path for path in sorted(export) if path.startswith(kind))


def _flipped(export: Content, path: str, bit: int) -> Content:
    changed = bytearray(export[path])
    changed[bit // 8] ^= 1 << bit % 8
    return {**export, path: bytes(changed)}
