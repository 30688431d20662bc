"""A set of files has one ZIP; whatever is spelled otherwise is refused, with place, expected and found."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ledger.canonicalzip import CanonicalZip, write_zip, zip_size
from ledger.errors import IntegrityError
from ledger.zipheaders import MAX_MEMBER, Directory, Member, central_header, ending, local_header
from tests.support.tree import ROOT
from tests.support.zips import members_of, zipped

FILES = {"VERIFY.md": b"help\n", "a/b-1.json": b"{}", "a/c": b"", "checkpoint": b"x" * 70_000}
ZIP = zipped(FILES)


def opened(data: bytes) -> CanonicalZip:
    return CanonicalZip(io.BytesIO(data))


def contents(found: CanonicalZip) -> dict[str, bytes]:
    return {member.name: b"".join(found.chunks(member.name)) for member in found.members()}


@pytest.mark.req("R-BUN-03")
def test_what_was_written_is_read_back_and_has_the_size_that_was_foretold() -> None:
    assert contents(opened(ZIP)) == FILES
    assert len(opened(ZIP)) == len(FILES)
    assert zip_size(members_of(FILES)) == len(ZIP)


def test_a_member_is_found_by_its_name_only() -> None:
    found = opened(ZIP)

    assert found.find("a/c") == Member("a/c", 0, 0)
    assert found.find("a") is None
    with pytest.raises(IntegrityError, match=r"nothing-here.*expected a member, found none"):
        list(found.chunks("nothing-here"))


@pytest.mark.req("R-BUN-03")
def test_other_programs_read_it(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(ZIP)

    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES


def test_the_documented_vector_is_what_is_written() -> None:
    page = (ROOT / "docs/formats/zip.md").read_text()
    vector = bytes.fromhex(page.split("```")[-2])

    assert zipped({"a": b"one", "b/c": b""}) == vector
    assert hashlib.sha256(vector).hexdigest() in page


def test_an_empty_set_of_files_has_a_zip_too() -> None:
    assert contents(opened(zipped({}))) == {}


def by_zipfile(files: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o100640 << 16
            archive.writestr(info, content, method)
    return buffer.getvalue()


def forged(members: list[Member], offsets: list[int] | None = None) -> bytes:
    """Return a ZIP of empty files with headers as they are told, without a look at their names."""
    contents = [local_header(member) + b"x" * member.size for member in members]
    starts = [sum(map(len, contents[:i])) for i in range(len(members))] if offsets is None else offsets
    headers = b"".join(central_header(*pair) for pair in zip(members, starts, strict=True))
    body = b"".join(contents)
    return body + headers + ending(Directory(len(body), len(headers), len(members)))


def test_python_s_zipfile_would_have_written_the_same_but_for_compression() -> None:
    assert by_zipfile(FILES) == ZIP
    with pytest.raises(IntegrityError, match=r"VERIFY\.md, central header"):
        opened(by_zipfile(FILES, zipfile.ZIP_DEFLATED))


NAMES = [
    "../up",
    "/root",
    "a/../b",
    "a//b",
    "a/",
    "c:\\x",
    "a\\b",
    "",
    ".hidden",
    "a b",
    "ü",
    "x" * 256,
    "a\nb",
]


@pytest.mark.req("R-STO-04")
@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_could_lead_elsewhere_is_neither_written_nor_read(name: str) -> None:
    with pytest.raises(IntegrityError, match="zip, name"):
        zipped({name: b""})
    with pytest.raises(IntegrityError, match="name"):
        opened(by_zipfile({name: b""}))


@pytest.mark.parametrize("names", [("b", "a"), ("a", "a")])
def test_names_out_of_order_or_doubled_are_neither_written_nor_read(names: tuple[str, str]) -> None:
    members = [Member(name, 0, 0) for name in names]

    with pytest.raises(IntegrityError, match="a name after"):
        list(write_zip(members, lambda _name: []))
    with pytest.raises(IntegrityError, match="a name after"):
        opened(forged(members))


def test_members_that_overlap_or_leave_a_gap_are_refused() -> None:
    members = [Member("a", 3, 0), Member("b", 3, 0)]

    with pytest.raises(IntegrityError, match="zip, b: expected a member at byte 34, found at byte 0"):
        opened(forged(members, [0, 0]))
    with pytest.raises(IntegrityError, match="zip, b: expected a member at byte 34, found at byte 35"):
        opened(forged(members, [0, 35]))


def test_bytes_before_between_and_after_are_refused() -> None:
    directory = Directory(len(local_header(Member("a", 0, 0))), len(central_header(Member("a", 0, 0), 0)), 1)
    one, end = zipped({"a": b""}), ending(directory)

    with pytest.raises(IntegrityError, match="a directory that ends at"):
        opened(b"#!/bin/sh\n" + one)
    with pytest.raises(IntegrityError):
        opened(one + b"\n")
    for between in (directory.offset, len(one) - len(end)):
        with pytest.raises(IntegrityError, match="a directory that ends at"):
            opened(one[:between] + b"?" + one[between:])
    gap = Directory(directory.offset + 1, directory.size, 1)
    with pytest.raises(IntegrityError, match="central directory: expected 1 members, 47 bytes at byte 31"):
        opened(one[: directory.offset] + b"?" + one[directory.offset : -len(end)] + ending(gap))


def test_a_size_that_is_not_there_is_refused_before_it_is_read() -> None:
    with pytest.raises(IntegrityError, match="zip, a/c: expected a member at byte"):
        opened(forged([Member("a", 0, 0), Member("a/c", 0, 0)], [0, 10 * 2**30]))
    lying = [Member("a", MAX_MEMBER, 0), Member("b", 0, 0)]
    body = local_header(lying[0]) + local_header(lying[1])
    headers = central_header(lying[0], 0) + central_header(lying[1], 31 + MAX_MEMBER)
    with pytest.raises(IntegrityError, match=r"byte 4294967325: expected 31 bytes, found 0 bytes"):
        opened(body + headers + ending(Directory(len(body), len(headers), 2)))


def test_more_members_than_a_reader_takes_are_refused_before_any_is_read() -> None:
    with pytest.raises(IntegrityError, match="at most 3 members, found 4"):
        CanonicalZip(io.BytesIO(ZIP), max_members=3)
    with pytest.raises(IntegrityError, match="at most 4194304 members, found 4611686018427387904"):
        opened(ZIP + ending(Directory(0, 0, 2**62)))


def test_content_is_held_against_its_header_when_written_and_when_read() -> None:
    wrong = ZIP.replace(b"help\n", b"hell\n")

    with pytest.raises(IntegrityError, match=r"VERIFY\.md: expected 5 bytes with CRC-32"):
        contents(opened(wrong))
    for member in (Member("a", 4, zlib.crc32(b"one")), Member("a", 3, 0)):
        with pytest.raises(IntegrityError, match=r"zip, a: expected . bytes with CRC-32"):
            list(write_zip([member], lambda _name: [b"one"]))
    with pytest.raises(IntegrityError, match="at most 4294967294 bytes"):
        list(write_zip([Member("a", MAX_MEMBER + 1, 0)], lambda _name: []))


def test_numbers_that_do_not_fit_are_stated_in_zip64_and_nowhere_else() -> None:
    names = [f"{number:05}" for number in range(65_535)]
    many = zipped(dict.fromkeys(names, b""))

    assert b"PK\6\6" not in zipped(dict.fromkeys(names[1:], b""))[-200:]
    assert len(opened(many)) == len(names)
    assert opened(many).find("65534") is not None
    with zipfile.ZipFile(io.BytesIO(many)) as archive:
        assert len(archive.namelist()) == len(names)


def test_a_member_beyond_four_gibibytes_is_found(tmp_path: Path) -> None:
    path = tmp_path / "large.zip"
    members = [Member("a", MAX_MEMBER, 0), Member("b", 3, zlib.crc32(b"two"))]
    offsets = [0, 31 + MAX_MEMBER]
    headers = b"".join(central_header(*pair) for pair in zip(members, offsets, strict=True))
    with path.open("wb") as file:  # sparse: nobody writes four gibibytes here
        file.write(local_header(members[0]))
        file.seek(offsets[1])
        file.write(local_header(members[1]) + b"two" + headers)
        file.write(ending(Directory(offsets[1] + 34, len(headers), 2)))

    with path.open("rb") as file:
        assert b"".join(CanonicalZip(file).chunks("b")) == b"two"
    with zipfile.ZipFile(path) as archive:
        assert archive.read("b") == b"two"


def test_writing_holds_one_piece_at_a_time() -> None:
    asked: list[str] = []

    def content(name: str) -> Iterator[bytes]:
        asked.append(name)
        yield FILES[name]

    pieces = write_zip(members_of(FILES), content)

    next(pieces)
    assert asked == []
    next(pieces)
    assert asked == ["VERIFY.md"]


def test_what_is_no_zip_at_all_is_told_so_by_its_end() -> None:
    words = b"These words are no ZIP, whatever the name of their file says."
    with pytest.raises(IntegrityError, match="504b0506, 22 bytes before the end"):
        CanonicalZip(io.BytesIO(words), "zip")
