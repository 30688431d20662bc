"""Documents as whoever asks has rendered them: rules bind to their hashes and never see their bytes.

All are functions of the facts up to the version at which is decided, so that anybody can derive them again.
"""

from __future__ import annotations

from msgspec import Struct

from domain.classified import Code, Count, Hash
from domain.refusal import Refusal


class Listing(Struct, frozen=True, kw_only=True):
    """The evidence manifest: how many artifacts it lists of those required, and which are missing."""

    sha256: Hash
    listed: Count
    required: Count
    missing: tuple[Code, ...] = ()


class Packed(Struct, frozen=True, kw_only=True):
    """The bundle, made of the log up to ``log_size``."""

    sha256: Hash
    size_bytes: Count
    log_size: Count


class Documents(Struct, frozen=True, kw_only=True):
    """What was rendered for one decision; ``report`` is the SHA-256 of the incident report.

    ``renderer`` is the number of the rules by which they were (design 6).
    """

    renderer: Count = 0
    report: Hash | None = None
    manifest: Listing | None = None
    bundle: Packed | None = None


NONE = Documents()

NOT_RENDERED = "NOT_RENDERED"
"""The code by which whoever asks learns that a document has to be made first."""


def not_rendered(name: str) -> Refusal:
    """Return the refusal of a decision about a document that nobody could render."""
    return Refusal(
        code=NOT_RENDERED,
        message="the document that this is about could not be rendered",
        expected=name,
        found="none",
    )
