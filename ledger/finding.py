"""What a check found wrong: where, what kind, expected and found."""

from __future__ import annotations

import msgspec

from ledger.errors import IntegrityError


class Finding(msgspec.Struct, frozen=True):
    """One thing that does not hold. ``kind`` is a stable word such as ``signature`` or ``chain``."""

    kind: str
    place: str
    expected: str
    found: str

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.kind}: {self.place}: expected {self.expected}, found {self.found}"


def finding(kind: str, error: IntegrityError) -> Finding:
    """Return what ``error`` says, as a finding of ``kind``."""
    return Finding(kind, error.place, error.expected, error.found)
