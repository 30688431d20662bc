"""Canonical ZIPs of files in memory."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

from ledger.canonicalzip import write_zip
from ledger.zipheaders import Member


def members_of(files: Mapping[str, bytes]) -> list[Member]:
    """Return what a ZIP says of each file, in the order of their names."""
    return [Member(name, len(files[name]), zlib.crc32(files[name])) for name in sorted(files)]


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return the canonical ZIP of ``files``."""
    return b"".join(write_zip(members_of(files), lambda name: [files[name]]))
