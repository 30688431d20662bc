r"""Headers of the one spelling of a ZIP: each follows from name, size, CRC-32 and place alone (R-BUN-03).

APPNOTE 6.3.10. Made by 2.0 on Unix, for 2.0, 1980-01-01 00:00, a regular file of mode 0640, stored; no flags,
no comment, no extra field. The two exceptions are forced by the format: the central header of a member beyond
4 GiB holds its place in a ZIP64 field, and with 65,535 members or more, or beyond 4 GiB, the end of the
directory is stated in ZIP64 as well. A single member is smaller than 4 GiB.
"""

from __future__ import annotations

import re
import struct
from typing import Final

import msgspec

from ledger.errors import IntegrityError
from ledger.strict import decode_utf8, shown

MAX_NAME: Final = 255  # bytes
MAX_MEMBER: Final = 0xFFFF_FFFE  # bytes

_FULL16: Final = 0xFFFF
_FULL32: Final = 0xFFFF_FFFF
_VERSION: Final = 20
_VERSION64: Final = 45
_UNIX: Final = 3 << 8
_DATE: Final = 0x0021  # 1980-01-01; the time is 0
_MODE: Final = 0o100640 << 16

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_PLACE64 = struct.Struct("<2HQ")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_END = struct.Struct("<4s4H2LH")
_SIGNATURE: Final = b"PK\5\6"

MAX_CENTRAL: Final = _CENTRAL.size + MAX_NAME + _PLACE64.size
MAX_ENDING: Final = _END64.size + _LOCATOR64.size + _END.size

_PART = r"[A-Za-z0-9_-][A-Za-z0-9._-]*"
_NAME = re.compile(rf"{_PART}(?:/{_PART})*")


class Member(msgspec.Struct, frozen=True):
    """A file in a ZIP: its path, its size in bytes and its CRC-32."""

    name: str
    size: int
    crc32: int


class Directory(msgspec.Struct, frozen=True):
    """Where the central directory lies (bytes from the start), and how many members it names."""

    offset: int
    size: int
    members: int


def check_member(member: Member, before: str, place: str) -> None:
    """Return when ``member`` may follow the one named ``before``; raise `IntegrityError` otherwise.

    A name is a relative path of at most 255 characters: letters, digits, ``.``, ``_`` and ``-``, in parts
    between single slashes, none of which starts with a full stop.
    """
    if len(member.name) > MAX_NAME or _NAME.fullmatch(member.name) is None:
        raise IntegrityError(
            f"{place}, name", "a relative path of letters, digits, . _ - and /", shown(member.name)
        )
    if not before < member.name:
        raise IntegrityError(f"{place}, {member.name}", f"a name after {before}", "one before, or the same")
    if member.size > MAX_MEMBER:
        raise IntegrityError(f"{place}, {member.name}", f"at most {MAX_MEMBER} bytes", member.size)


def local_size(member: Member) -> int:
    """Return the size in bytes of a member's local header."""
    return _LOCAL.size + len(member.name)


def local_header(member: Member) -> bytes:
    """Return what stands before the content of ``member``."""
    name = member.name.encode("ascii")
    sizes = (member.crc32, member.size, member.size)
    return _LOCAL.pack(b"PK\3\4", _VERSION, 0, 0, 0, _DATE, *sizes, len(name), 0) + name


def central_header(member: Member, offset: int) -> bytes:
    """Return what the central directory says of ``member``, whose local header is at ``offset``."""
    name = member.name.encode("ascii")
    place = _PLACE64.pack(1, 8, offset) if offset >= _FULL32 else b""
    versions = (_UNIX | _VERSION, _VERSION64 if place else _VERSION)
    sizes = (member.crc32, member.size, member.size, len(name), len(place))
    fixed = _CENTRAL.pack(b"PK\1\2", *versions, 0, 0, 0, _DATE, *sizes, 0, 0, 0, _MODE, min(offset, _FULL32))
    return fixed + name + place


def parse_central_header(data: bytes, place: str) -> tuple[Member, int, int]:
    """Return the member, where its local header lies, and the size of the header that ``data`` begins with.

    Only as far as it takes to spell the header again: whoever calls compares.
    """
    if len(data) < _CENTRAL.size or not data.startswith(b"PK\1\2"):
        raise IntegrityError(place, "a central header", shown(data[:4]))
    found = _CENTRAL.unpack_from(data)
    crc32, size, name_size, extra_size, offset = found[7], found[9], found[10], found[11], found[16]
    end = _CENTRAL.size + name_size + extra_size
    if name_size > MAX_NAME or extra_size not in {0, _PLACE64.size} or len(data) < end:
        raise IntegrityError(
            place, f"a name of up to {MAX_NAME} bytes and no extra field", f"{name_size} and {extra_size}"
        )
    name = decode_utf8(data[_CENTRAL.size : _CENTRAL.size + name_size], f"{place}, name")
    if extra_size:
        offset = _PLACE64.unpack_from(data, end - _PLACE64.size)[2]
    return Member(name, size, crc32), offset, end


def ending(directory: Directory) -> bytes:
    """Return what follows the central directory."""
    offset, size, members = directory.offset, directory.size, directory.members
    short = (min(members, _FULL16), min(members, _FULL16), min(size, _FULL32), min(offset, _FULL32))
    end = _END.pack(_SIGNATURE, 0, 0, *short, 0)
    if members < _FULL16 and offset < _FULL32 and size < _FULL32:
        return end
    versions, long = (_UNIX | _VERSION64, _VERSION64), (members, members, size, offset)
    end64 = _END64.pack(b"PK\6\6", _END64.size - 12, *versions, 0, 0, *long)
    return end64 + _LOCATOR64.pack(b"PK\6\7", 0, offset + size, 1) + end


def parse_ending(data: bytes, place: str) -> Directory:
    """Return where the last bytes of a ZIP, up to `MAX_ENDING`, say that the central directory lies.

    Only as far as it takes to spell the ending again: whoever calls compares.
    """
    if len(data) < _END.size:
        raise IntegrityError(place, f"{_END.size} bytes at least", len(data))
    signature, *_, members, size, offset, _ = _END.unpack(data[-_END.size :])
    if signature != _SIGNATURE:  # most often no ZIP at all: what its numbers say would lead nobody there
        raise IntegrityError(place, f"{_SIGNATURE.hex()}, 22 bytes before the end", signature.hex())
    if members == _FULL16 or _FULL32 in {size, offset}:
        if len(data) < MAX_ENDING:
            raise IntegrityError(place, f"{MAX_ENDING} bytes at least", len(data))
        *_, members, size, offset = _END64.unpack(data[-MAX_ENDING : -MAX_ENDING + _END64.size])
    return Directory(offset, size, members)
