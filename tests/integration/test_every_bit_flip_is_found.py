"""Every single-bit flip in each file of an export of two events is found (the issue, "Proof by outsiders").

Twice: as it is, where SHA256SUMS is the first to notice; and with sums that a forger made to fit, where the
evidence itself must notice. The page VERIFY.md is help and no evidence, so only the first finds it changed.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.exportlayout import HELP, SUMS
from tests.support.exports import content, log_keys, two_event_export
from tests.support.forging import Content, with_sums
from verifier import Memory, verify

KINDS = ("VERIFY.md", "SHA256SUMS", "log.vkey", "checkpoint", "tile/0", "tile/entries", "blobs", "artifacts")
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
    missed = [
        f"{path}, bit {bit}"
        for path in _paths(export, kind)
        for bit in range(8 * len(export[path]))
        if _is_accepted(_flipped(export, path, bit))
    ]
    assert missed == []


@pytest.mark.parametrize("kind", EVIDENCE)
def test_every_flip_is_found_when_the_sums_were_made_to_fit(export: Content, kind: str) -> None:
    missed = [
        f"{path}, bit {bit}"
        for path in _paths(export, kind)
        for bit in range(8 * len(export[path]))
        if _is_accepted(with_sums(_flipped(export, path, bit)))
    ]
    assert missed == []


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
