"""An export may be one ZIP: the same report as for its directory, and no other spelling of the ZIP."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from ledger.errors import IntegrityError
from ledger.note import format_vkey
from tests.support.exports import VKEY
from tests.support.forging import Content, ForgedLog
from tests.support.verdicts import PINNED, first, kinds
from tests.support.zips import zipped
from verifier import Report, verify
from verifier.archive import Archive
from verifier.command import USAGE, run
from verifier.errors import NotThere, Refused, Unreadable


@pytest.fixture(scope="module")
def export() -> Content:
    log = ForgedLog()
    log.add("alert-1")
    return log.content()


class Failing(io.BytesIO):
    """A file that a disk gives up on after so many reads."""

    def __init__(self, data: bytes, reads: int) -> None:
        super().__init__(data)
        self.left = reads

    def read(self, size: int | None = -1) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise OSError(5, "Input/output error")
        return super().read(size)


def report_on_zip(data: bytes) -> Report:
    return verify(Archive(io.BytesIO(data)), log_keys=PINNED)


def test_a_zip_is_as_good_as_its_directory(export: Content) -> None:
    report = report_on_zip(zipped(export))
    assert (report.verdict, report.size) == ("valid", 2)


def test_the_files_of_a_zip_are_listed_and_read(export: Content) -> None:
    archive = Archive(io.BytesIO(zipped(export)))
    assert [file.path for file in archive.files()] == sorted(export)
    assert [file.path for file in archive.files("tile/0")] == ["tile/0/000.p/2"]
    assert b"".join(archive.chunks("checkpoint")) == export["checkpoint"]
    with pytest.raises(NotThere):
        archive.read("nowhere", 10)
    with pytest.raises(IntegrityError, match="checkpoint: expected at most 10 bytes"):
        archive.read("checkpoint", 10)


def test_another_spelling_of_the_same_zip_is_refused_and_not_read(export: Content) -> None:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        for path, data in sorted(export.items()):
            archive.writestr(path, data)
    for data in (stored.getvalue(), zipped(export) + b"\0", b"", b"PK", zipped(export)[:-1]):
        report = report_on_zip(data)
        assert (report.verdict, kinds(report)) == ("invalid", {"file": 1})
        assert first(report, "file").startswith("zip")
        with pytest.raises(Refused):
            Archive(io.BytesIO(data)).read("checkpoint", 1000)


def test_content_that_does_not_fit_its_crc_is_found(export: Content) -> None:
    data = bytearray(zipped(export))
    data[data.index(export["checkpoint"]) + 1] ^= 1
    report = report_on_zip(bytes(data))
    assert report.verdict == "invalid"
    assert "CRC-32" in first(report, "sum")


@pytest.mark.parametrize("reads", [0, 1, 5, 20, 40])
def test_a_disk_that_gives_up_is_no_forgery_and_never_valid(export: Content, reads: int) -> None:
    report = verify(Archive(Failing(zipped(export), reads)), log_keys=PINNED)
    assert report.verdict == "could not check"
    assert {gap.first.reason for gap in report.gaps} == {"Input/output error"}


def test_every_way_to_read_says_that_a_disk_gave_up(export: Content) -> None:
    # 3 reads for each of the members, and one for the end of the directory: then the list is known.
    archive = Archive(Failing(zipped(export), 1 + 3 * len(export)))
    with pytest.raises(Unreadable, match="Input/output error"):
        list(archive.files())
    with pytest.raises(Unreadable, match="Input/output error"):
        archive.read("checkpoint", 1000)


def test_the_command_takes_a_zip(export: Content, tmp_path: Path) -> None:
    (tmp_path / "export.zip").write_bytes(zipped(export))
    out = io.StringIO()
    assert run(str(tmp_path / "export.zip"), log_key=format_vkey(VKEY), out=out) == 0
    assert out.getvalue().endswith("VALID\n")


def test_a_file_that_may_not_be_read_exits_64(
    export: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "export.zip").write_bytes(zipped(export))

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    err = io.StringIO()
    assert run(str(tmp_path / "export.zip"), err=err) == USAGE
    assert "export.zip: Permission denied" in err.getvalue()
