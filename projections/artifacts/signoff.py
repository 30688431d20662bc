"""``reviewer-signoff.json``: who approved or rejected which manifest, and why (R-ART-29, R-HND-11)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.archive.facts import ReviewerSignedOff
from domain.artifacts import SIGNOFF
from domain.recorded import Recorded
from projections.artifacts.content import Content
from projections.artifacts.rendering import Rendering
from projections.artifacts.row import Row
from projections.artifacts.signed import Signed, signed
from projections.told import Text, text
from projections.waivers import granted_before


class ReviewShown(Struct, frozen=True, kw_only=True):
    """What one person said of exactly one manifest; ``granted_by`` gave them the role."""

    role: str
    principal: str
    decision: Literal["approved", "rejected"]
    rationale: Text
    at: str
    version: int
    manifest_sha256: str
    granted_by: str | None
    granted_at: str | None
    granted_before_ms: int | None
    signature: Signed | None


class SignoffMetrics(Struct, frozen=True, kw_only=True):
    """How many said what, of whichever manifest."""

    approved: int
    rejected: int


class SignoffData(Struct, frozen=True, kw_only=True):
    """Every review in order; a later one of the same person and role supersedes, never erases."""

    reviews: tuple[ReviewShown, ...]


def content(rendering: Rendering) -> Content | None:
    """Return the reviews, None before the first."""
    reviews = tuple(map(_review, rendering.of(ReviewerSignedOff)))
    if not reviews:
        return None
    latest = {(review.role, review.principal): review.decision for review in reviews}
    return Content(
        status="rejected" if "rejected" in latest.values() else "approved",
        metrics=SignoffMetrics(
            approved=sum(review.decision == "approved" for review in reviews),
            rejected=sum(review.decision == "rejected" for review in reviews),
        ),
        data=SignoffData(reviews=reviews),
    )


def _review(item: Recorded[ReviewerSignedOff]) -> ReviewShown:
    fact = item.fact
    return ReviewShown(
        role=fact.role,
        principal=item.authid,
        decision=fact.verdict,
        rationale=text(fact.rationale),
        at=item.recordedtime,
        version=item.version,
        manifest_sha256=fact.manifest_sha256,
        granted_by=fact.granted_by,
        granted_at=fact.granted_at,
        granted_before_ms=granted_before(fact.granted_at, item.recordedtime),
        signature=signed(item, fact.attestation),
    )


ROWS = (
    Row(
        requirement="R-ART-29",
        name=SIGNOFF,
        artifact_id="reviewer-signoff",
        folder="approvals",
        step="4.3",
        consumers=("18",),
        required=False,
        render=content,
        metrics=SignoffMetrics,
        data=SignoffData,
    ),
)
