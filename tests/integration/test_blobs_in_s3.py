"""A home whose blobs are in S3 does everything that one with a folder does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commandline import Tally, run
from tests.support.processes import Children
from tests.support.s3 import start_s3

LOG = b"02:11 connection refused\n" * 500_000


@pytest.mark.req("R-STO-04", "R-MAN-06")
def test_evidence_goes_to_the_bucket_and_comes_back(
    home: Path, children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3 = start_s3(children)
    url = s3.url()
    for name, value in {**s3.environment, "TALLYSTICK_BLOBS_URL": url}.items():
        monkeypatch.setenv(name, value)
    run("init", "--home", home).fine()
    tally = Tally(home)
    incident = tally.opened()
    tally("act", incident, "declare", "rationale=Confirmed by hand.").fine()
    given, saved = tmp_path / "proxy.log", tmp_path / "out.log"
    given.write_bytes(LOG)

    tally("evidence", "add", incident, given, "--kind", "log").fine()
    tally("evidence", "get", incident, "ev1", "--out", saved).fine()
    assert saved.read_bytes() == LOG
    assert not (home / "blobs").exists()
    tally("log", "fsck").fine()

    (piece,) = tally("evidence", "list", incident, "--json").fine().json["evidence"]
    name = f"sha256/{piece['sha256'][:2]}/{piece['sha256']}"
    s3.overwrite(url, name, b"rot")
    assert tally("log", "fsck").code == 1
    saved.unlink()
    assert tally("evidence", "get", incident, "ev1", "--out", saved).code == 1
    assert not saved.exists()
