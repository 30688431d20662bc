"""The end of the demonstration: the bundle is checked as an auditor would, and again with a byte changed."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from application.exporttarget import whole_or_absent
from ledger.canonicalzip import CanonicalZip
from ledger.exportlayout import SUMS, stream_path
from ledger.note import VerifierKey
from verifier import Report, verify
from verifier.command import open_source

BIT = 0x01
WITHIN = 400
"""Where in the first envelope the changed byte lies: well inside its payload."""


class Altered(Struct, frozen=True):
    """A copy of a bundle, unpacked, in which one byte of a file is another and the sums fit again."""

    folder: Path
    member: str
    offset: int


def checked(path: Path, key: VerifierKey) -> Report:
    """Return what an auditor who trusts ``key`` finds in a bundle, or in one unpacked."""
    with open_source(str(path)) as source:
        return verify(source, log_keys=(key,))


def altered(bundle: Path, folder: Path, incident: str) -> Altered:
    """Unpack a bundle with one bit of the incident's first fact turned over.

    The sums are made to fit, as whoever changes a record would: they are no evidence.
    """
    changed = stream_path(incident)
    with bundle.open("rb") as file, whole_or_absent(folder) as files:
        archive = CanonicalZip(file, bundle.name)
        for member in archive.members():
            if member.name == changed:
                content = bytearray(b"".join(archive.chunks(member.name)))
                content[WITHIN] ^= BIT
                files.write(member.name, bytes(content))
            elif member.name != SUMS:
                files.write_chunks(member.name, archive.chunks(member.name))
        files.write_sums()
    return Altered(folder, changed, WITHIN)
