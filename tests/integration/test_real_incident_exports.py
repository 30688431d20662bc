"""Exports of a real incident, decided and signed by people: an auditor verifies them, and finds changes."""

from __future__ import annotations

import io
from random import Random
from typing import Any

import msgspec
import pytest

from application.disclosing import opener
from ledger.exportlayout import DISCLOSURES, HELP, SUMS
from ledger.note import VerifierKey, parse_vkey
from tests.support.forging import with_sums
from tests.support.incident_exports import Files, exported
from tests.support.judging import a_ledger, decided
from tests.support.verdicts import kinds, state
from tests.support.zips import zipped
from verifier import Memory, Report, verify
from verifier.archive import Archive

FLIPS = 120


class Handed(msgspec.Struct, frozen=True):
    """One incident as it is exported, and with its texts; and the key that the auditor pinned."""

    vkey: VerifierKey
    bare: Files
    told: Files

    def report(self, files: Files) -> Report:
        """Return the report under the pinned key."""
        return verify(Memory(files), log_keys=(self.vkey,))


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Handed:
    folder = tmp_path_factory.mktemp("handed")
    home = folder / "home"
    with a_ledger(home) as (engine, clock):
        incident = decided(engine, clock)

        def out(name: str, **wish: Any) -> Files:
            return exported(engine, home, folder / name, incident, **wish)

        return Handed(
            vkey=parse_vkey(engine.vkey),
            bare=out("bare"),
            told=out("told", opens=opener(engine.vault, engine.blobs)),
        )


@pytest.mark.req("R-SVC-06", "R-BUN-03")
def test_an_incident_is_verified_from_end_to_end(handed: Handed) -> None:
    report = handed.report(handed.bare)
    assert (report.verdict, report.kind, report.findings, report.gaps) == ("valid", "incident", (), ())
    assert all(step.state == "passed" for step in report.steps if step.number != 3)
    assert state(report, 11)[1] > 3
    assert state(report, 12) == ("passed", 1)
    assert report.sealed is not None
    assert (report.sealed.disclosed, report.sealed.withheld > 3) == (0, True)


def test_its_zip_is_as_good(handed: Handed) -> None:
    archive = Archive(io.BytesIO(zipped(handed.bare)))
    assert verify(archive, log_keys=(handed.vkey,)) == handed.report(handed.bare)


@pytest.mark.req("R-EVT-04")
def test_its_texts_are_those_that_were_sealed(handed: Handed) -> None:
    report = handed.report(handed.told)
    assert (report.verdict, report.sealed is not None and report.sealed.disclosed > 3) == ("valid", True)


def test_a_text_that_was_changed_or_made_up_is_found(handed: Handed) -> None:
    text = handed.told[DISCLOSURES]
    assert b"payments" in text
    changed = {**handed.told, DISCLOSURES: text.replace(b"payments", b"paiments")}
    assert kinds(handed.report(with_sums(changed)))["disclosure"] >= 1
    moved = {**handed.bare, DISCLOSURES: text}
    assert handed.report(with_sums(moved)).verdict == "valid"


@pytest.mark.parametrize("seed", range(4))
def test_bits_that_are_flipped_anywhere_in_it_are_found(handed: Handed, seed: int) -> None:
    random = Random(seed)
    paths = [path for path in sorted(handed.told) if path not in {HELP, SUMS} and handed.told[path]]
    for _ in range(FLIPS // 4):
        path = random.choice(paths)
        changed = bytearray(handed.told[path])
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
        report = handed.report(with_sums({**handed.told, path: bytes(changed)}))
        assert report.verdict != "valid", path


def test_any_file_that_is_missing_is_missed(handed: Handed) -> None:
    # But copies: they are for convenience, and each can be made again.
    for path in sorted(handed.told.keys() - {HELP, SUMS}):
        if not path.startswith("readable/"):
            left = with_sums({name: data for name, data in handed.told.items() if name != path})
            assert handed.report(left).verdict in {"invalid", "could not check"}, path
