"""Entry bundles: up to 256 consecutive entries, each after its length in two bytes (c2sp.org/tlog-tiles).

``uint16 big-endian length || entry``, repeated; so an entry has at most 65,535 bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ledger.errors import EntryTooLarge, IntegrityError
from ledger.tile import WIDTH

MAX_ENTRY: Final = 65_535


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Return the bundle of 1 to 256 entries, in their order."""
    if not 1 <= len(entries) <= WIDTH:
        raise ValueError(f"bundle: expected 1 to {WIDTH} entries, found {len(entries)}")
    return b"".join(_prefixed(entry) for entry in entries)


def decode_bundle(data: bytes, place: str) -> tuple[bytes, ...]:
    """Return the 1 to 256 entries of a bundle, or raise `IntegrityError`."""
    entries, offset = list[bytes](), 0
    while offset < len(data):
        start = offset + 2
        offset = start + int.from_bytes(data[offset:start], "big")
        if offset > len(data):
            raise IntegrityError(
                f"{place}, entry {len(entries)}", f"{offset - start} bytes", "the end of the bundle"
            )
        entries.append(data[start:offset])
        if len(entries) > WIDTH:
            raise IntegrityError(place, f"at most {WIDTH} entries", "more")
    if not entries:
        raise IntegrityError(place, "at least one entry", "none")
    return tuple(entries)


def _prefixed(entry: bytes) -> bytes:
    if len(entry) > MAX_ENTRY:
        raise EntryTooLarge("log entry", len(entry), MAX_ENTRY)
    return len(entry).to_bytes(2, "big") + entry
