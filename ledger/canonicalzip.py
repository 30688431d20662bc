"""A set of files as the one ZIP that they have: same files, same bytes (design 10, R-BUN-03).

Members stand in the order of their names' bytes, stored, without a byte between them: local header and
content of each, then the central directory, then its end. `CanonicalZip` spells each header again and
compares, so it accepts exactly what `write_zip` writes.
"""

from __future__ import annotations

import os
import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, Final

from ledger.errors import IntegrityError
from ledger.strict import shown
from ledger.zipheaders import (
    MAX_CENTRAL,
    MAX_ENDING,
    Directory,
    Member,
    central_header,
    check_member,
    ending,
    local_header,
    local_size,
    parse_central_header,
    parse_ending,
)

MAX_MEMBERS: Final = 1 << 22

_CHUNK: Final = 1 << 20


def write_zip(
    members: Iterable[Member], content: Callable[[str], Iterable[bytes]], place: str = "zip"
) -> Iterator[bytes]:
    """Yield the ZIP of ``members``, which are in the order of their names and are asked for twice.

    ``content`` gives the bytes of a member by its name. Raises `IntegrityError` when a name may not be or is
    out of order, or when content is not what its member says; what was yielded so far is no ZIP.
    """
    before = ""
    for member in members:
        check_member(member, before, place)
        before = member.name
        yield local_header(member)
        yield from _checked(member, content(member.name), place)
    directory = Directory(0, 0, 0)
    for member in members:
        header = central_header(member, directory.offset)
        yield header
        directory = _grown(directory, member, len(header))
    yield ending(directory)


def zip_size(members: Iterable[Member]) -> int:
    """Return how many bytes the ZIP of these members has."""
    directory = Directory(0, 0, 0)
    for member in members:
        directory = _grown(directory, member, len(central_header(member, directory.offset)))
    return directory.offset + directory.size + len(ending(directory))


class CanonicalZip:
    """A ZIP as `write_zip` writes it. Memory is eight bytes a member, whatever the sizes.

    Opening checks everything but contents; reading a member checks its CRC-32 as well. ``file`` can be sought
    in, is used by one thread at a time, and stays the caller's. What is spelled otherwise is an
    `IntegrityError`.
    """

    def __init__(self, file: BinaryIO, place: str = "zip", *, max_members: int = MAX_MEMBERS) -> None:
        self._file, self._place = file, place
        self._size = file.seek(0, os.SEEK_END)
        self._directory = self._ending(max_members)
        self._headers = array("Q")  # where each central header lies
        self._check()

    def __len__(self) -> int:
        """Return how many members there are."""
        return self._directory.members

    def members(self) -> Iterator[Member]:
        """Yield the members in the order of their names."""
        return (self._at(header)[0] for header in self._headers)

    def find(self, name: str) -> Member | None:
        """Return the member of this name."""
        found = self._find(name)
        return None if found is None else found[0]

    def chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a member; raise `IntegrityError` if there is none or its CRC-32 does not fit."""
        found = self._find(name)
        if found is None:
            raise IntegrityError(f"{self._place}, {shown(name)}", "a member", "none")
        member, offset = found
        yield from _checked(member, self._pieces(offset + local_size(member), member.size), self._place)

    def _ending(self, max_members: int) -> Directory:
        """Return where the central directory lies; nothing of it was read yet."""
        place = f"{self._place}, end of central directory"
        tail = self._read(max(0, self._size - MAX_ENDING), min(MAX_ENDING, self._size))
        directory = parse_ending(tail, place)
        if directory.members > max_members:
            raise IntegrityError(place, f"at most {max_members} members", directory.members)
        end = directory.offset + directory.size
        if end > self._size:  # before it is spelled: some sums have no spelling
            raise IntegrityError(place, f"a directory within {self._size} bytes", f"one that ends at {end}")
        expected = ending(directory)
        if self._size - end != len(expected):
            raise IntegrityError(place, f"a directory that ends at {self._size - len(expected)}", end)
        _compare(expected, tail[-len(expected) :], place)
        return directory

    def _check(self) -> None:
        """Walk through both lists of headers side by side; each must be as it would be written."""
        seen, before = Directory(0, 0, 0), ""
        for _ in range(self._directory.members):
            header = self._directory.offset + seen.size
            member, offset, size = self._at(header)
            check_member(member, before, self._place)
            place = f"{self._place}, {member.name}"
            if offset != seen.offset:
                raise IntegrityError(place, f"a member at byte {seen.offset}", f"at byte {offset}")
            _compare(central_header(member, offset), self._read(header, size), f"{place}, central header")
            expected = local_header(member)
            _compare(expected, self._read(offset, len(expected)), f"{place}, local header")
            self._headers.append(header)
            seen, before = _grown(seen, member, size), member.name
        if seen != self._directory:
            raise IntegrityError(f"{self._place}, central directory", _shown(seen), _shown(self._directory))

    def _find(self, name: str) -> tuple[Member, int] | None:
        low, high = 0, len(self._headers)
        while low < high:
            middle = (low + high) // 2
            member, offset, _ = self._at(self._headers[middle])
            if member.name == name:
                return member, offset
            low, high = (middle + 1, high) if member.name < name else (low, middle)
        return None

    def _at(self, header: int) -> tuple[Member, int, int]:
        data = self._read(header, max(0, min(MAX_CENTRAL, self._size - header)))
        return parse_central_header(data, f"{self._place}, byte {header}")

    def _pieces(self, offset: int, size: int) -> Iterator[bytes]:
        for start in range(offset, offset + size, _CHUNK):
            yield self._read(start, min(_CHUNK, offset + size - start))

    def _read(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        data = self._file.read(size)
        if len(data) != size:
            raise IntegrityError(f"{self._place}, byte {offset}", f"{size} bytes", f"{len(data)} bytes")
        return data


def _checked(member: Member, content: Iterable[bytes], place: str) -> Iterator[bytes]:
    size = crc32 = 0
    for chunk in content:
        size, crc32 = size + len(chunk), zlib.crc32(chunk, crc32)
        yield chunk
    if (size, crc32) != (member.size, member.crc32):
        expected = f"{member.size} bytes with CRC-32 {member.crc32:08x}"
        raise IntegrityError(f"{place}, {member.name}", expected, f"{size} bytes with {crc32:08x}")


def _grown(directory: Directory, member: Member, header: int) -> Directory:
    """Return the directory with one member more, whose central header has ``header`` bytes."""
    offset = directory.offset + local_size(member) + member.size
    return Directory(offset, directory.size + header, directory.members + 1)


def _compare(expected: bytes, found: bytes, place: str) -> None:
    if expected != found:
        raise IntegrityError(place, expected.hex(), found.hex())


def _shown(directory: Directory) -> str:
    return f"{directory.members} members, {directory.size} bytes at byte {directory.offset}"
