"""Commands about manifests, the bundle and their reviews."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.decisions.commands import SignedStatement
from domain.stored_blob import Digest
from domain.words import Rationale


class Seal(Struct, frozen=True, kw_only=True, tag_field="action", tag="seal", forbid_unknown_fields=True):
    """Seal the evidence manifest, once gate 4 passed and again once closed; then the bundle (R-DEC-54)."""

    what: Literal["manifest", "bundle"]


class ReviewManifest(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="review", forbid_unknown_fields=True
):
    """Approve or reject the sealed manifest as a reviewer; a rejection reopens drafting (R-HND-11).

    Without a `role`, in the first one you hold that is still missing. Name the hash of the manifest that you
    saw, and nobody can put another one in its place.
    """

    verdict: Literal["approved", "rejected"]
    rationale: Rationale
    role: Literal["incident_commander", "performance_engineer"] | None = None
    manifest_sha256: Digest | None = None
    attestation: SignedStatement | None = None


EXAMPLES = (
    Seal(what="manifest"),
    ReviewManifest(
        verdict="approved",
        rationale="The report says what happened, and the recovery checks are all there.",
        role="performance_engineer",
    ),
)
