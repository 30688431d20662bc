"""The restore guard: a log that is shorter than, or differs from, what was promised is read-only.

Checked at start, at each new connection of the publisher and before each signature (design
section 4). A signature can't be taken back: two roots for one size must never be signed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from ledger.checkpoint import Checkpoint
from ledger.errors import ReadOnly
from ledger.merkle import HashReader, root

WAYS_OUT = (
    "Ways out: `tallystick recover --from DIR|URL` appends the missing entries from an export or another "
    "copy; `tallystick init --successor-of CHECKPOINT` starts a new ledger that names this one. "
    "Until then the service only reads."
)


class Reference(msgspec.Struct, frozen=True):
    """A checkpoint somebody holds, and who."""

    holder: str
    checkpoint: Checkpoint


def missing(reference: Reference, origin: str, size: int, reader: HashReader) -> str | None:
    """Return what the log of ``size`` lacks to fulfil ``reference``, or None when it does."""
    promised = reference.checkpoint
    if promised.origin != origin:
        return f"{reference.holder} is of another log: expected origin {origin}, found {promised.origin}"
    if promised.size > size:
        return (
            f"{reference.holder} promises {promised.size} entries and the log has {size}: "
            f"entries {size} to {promised.size - 1} are missing"
        )
    found = root(promised.size, reader)
    if found != promised.root:
        return (
            f"{reference.holder} promises root {promised.root.hex()} at size {promised.size} "
            f"and the log has {found.hex()}: some entry below {promised.size} is another"
        )
    return None


def check(references: Iterable[Reference], origin: str, size: int, reader: HashReader) -> None:
    """Return when the log fulfils every reference; raise `ReadOnly` with what is missing otherwise."""
    problems = [p for r in references if (p := missing(r, origin, size, reader)) is not None]
    if problems:
        raise ReadOnly("; ".join(problems) + f". {WAYS_OUT}")


References = Callable[[], Sequence[Reference]]
