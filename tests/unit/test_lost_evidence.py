"""An export goes without evidence that the record says is lost, and without nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from application.blobs import blob_name
from application.comparing import compare_evidence
from application.engine import Engine
from application.export import export_ledger
from application.exporting import material
from application.steps import run
from application.uploads import Upload
from domain.rootcause.commands import CaptureEvidence
from domain.stored_blob import StoredBlob
from ledger.errors import IntegrityError
from ledger.exportlayout import blob_path
from tests.support.exports import content
from tests.support.incident_exports import exported
from tests.support.use_cases import DECLARE, do, open_home, open_one, publish
from verifier import Directory, verify

LOG = b"02:09:58 pool exhausted\n"


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with open_home(home) as opened:
        yield opened


def declared(engine: Engine) -> str:
    """Return an incident in which evidence is captured."""
    stream = open_one(engine)
    do(engine, DECLARE, stream)
    return stream


def kept(engine: Engine, stream: str) -> StoredBlob:
    """Return a file that is a piece of evidence of ``stream``."""
    arriving = Upload(engine.spools)
    arriving.write(LOG)
    blob = arriving.keep(stream, engine.vault, engine.blobs)
    arriving.close()
    do(engine, CaptureEvidence(kind="log", title="The log", blob=blob), stream)
    return blob


def stored(home: Path, blob: StoredBlob) -> Path:
    return home / "blobs" / blob_name(blob.sha256)


@pytest.mark.req("R-GATE-51", "R-STO-04")
@pytest.mark.parametrize("bad", [None, b"other bytes"], ids=["missing", "damaged"])
def test_what_is_on_record_as_lost_is_left_out_until_it_is_on_record_as_found(
    engine: Engine, home: Path, tmp_path: Path, bad: bytes | None
) -> None:
    stream = declared(engine)
    lost, other = kept(engine, stream), kept(engine, stream)
    file, whole = stored(home, lost), stored(home, lost).read_bytes()
    file.unlink()
    if bad is not None:
        file.write_bytes(bad)
    with pytest.raises(IntegrityError, match=f"blob {lost.sha256}"):
        exported(engine, home, tmp_path / "unknown", stream)

    run(compare_evidence(engine, stream))
    without = exported(engine, home, tmp_path / "without", stream)
    assert blob_path(lost.sha256) not in without
    assert blob_path(other.sha256) in without

    file.write_bytes(whole)
    assert exported(engine, home, tmp_path / "found", stream) == without, "the record says nothing of it"
    run(compare_evidence(engine, stream))
    assert exported(engine, home, tmp_path / "with", stream)[blob_path(lost.sha256)] == whole


def test_the_whole_ledger_is_exported_without_it_and_an_auditor_could_not_check_it(
    engine: Engine, home: Path, tmp_path: Path
) -> None:
    stream = declared(engine)
    lost = kept(engine, stream)
    stored(home, lost).unlink()
    run(compare_evidence(engine, stream))
    publish(engine, home)
    source = material(engine)
    found = export_ledger(
        engine.store, engine.blobs, tmp_path / "out", checkpoint=source.checkpoint, vkey=source.vkey
    )
    assert (found.lost, blob_path(lost.sha256) in content(tmp_path / "out")) == (1, False)
    report = verify(Directory(tmp_path / "out"))
    assert [(gaps.kind, gaps.count) for gaps in report.gaps] == [("blob", 1)]
    assert not report.findings


@pytest.mark.parametrize("elsewhere", [False, True], ids=["never compared", "lost in another incident"])
def test_nothing_else_is_left_out(engine: Engine, home: Path, tmp_path: Path, *, elsewhere: bool) -> None:
    stream, other = declared(engine), declared(engine)
    lost, theirs = kept(engine, stream), kept(engine, other)
    stored(home, lost).unlink()
    if elsewhere:
        stored(home, theirs).unlink()
        run(compare_evidence(engine, other))
    with pytest.raises(IntegrityError, match=f"blob {lost.sha256}"):
        exported(engine, home, tmp_path / "out", stream)
