"""The strings of the SSH wire format (RFC 4251, section 5): four bytes of length, then the bytes."""

from __future__ import annotations

import struct

from ledger.errors import IntegrityError


def pack(*strings: bytes) -> bytes:
    """Return ``strings`` one after the other, each behind its length as uint32, big-endian."""
    return b"".join(struct.pack(">I", len(string)) + string for string in strings)


def unpack(data: bytes, count: int, place: str) -> tuple[bytes, ...]:
    """Return the ``count`` strings that fill ``data`` exactly."""
    strings: list[bytes] = []
    rest = data
    while len(strings) < count and len(rest) >= 4:
        end = 4 + int.from_bytes(rest[:4], "big")
        strings.append(rest[4:end])
        if len(rest) < end:
            raise IntegrityError(place, f"a string of {end - 4} bytes", f"{len(rest) - 4} bytes")
        rest = rest[end:]
    if len(strings) != count or rest:
        raise IntegrityError(place, f"{count} strings", f"{len(strings)} and {len(rest)} bytes after them")
    return tuple(strings)
