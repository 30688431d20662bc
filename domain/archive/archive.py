"""Archive and reviews, folded."""

from __future__ import annotations

from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.archive.facts import ArchiveFact, EvidenceBundleSealed, EvidenceManifestSealed, ReviewerSignedOff
from domain.recorded import Stamped


class Manifest(Struct, frozen=True, kw_only=True):
    """The latest sealed manifest, in ``version`` of the stream."""

    fact: EvidenceManifestSealed
    version: int


class Review(Struct, frozen=True, kw_only=True):
    """What somebody said of a manifest, in ``version`` of the stream."""

    fact: ReviewerSignedOff
    by: str
    at: str
    version: int


class Bundle(Struct, frozen=True, kw_only=True):
    """The latest sealed bundle, in ``version`` of the stream."""

    fact: EvidenceBundleSealed
    version: int


class Archive(Struct, frozen=True, kw_only=True):
    """The state of the archive; ``reviews`` are all of them in order."""

    manifest: Manifest | None = None
    reviews: tuple[Review, ...] = ()
    bundle: Bundle | None = None


def evolve(state: Archive, item: Stamped[ArchiveFact]) -> Archive:
    """Return the state after a fact."""
    fact, at, version = item.fact, item.recordedtime, item.version
    match fact:
        case EvidenceManifestSealed():
            return replace(state, manifest=Manifest(fact=fact, version=version))
        case ReviewerSignedOff():
            review = Review(fact=fact, by=item.authid, at=at, version=version)
            return replace(state, reviews=(*state.reviews, review))
        case EvidenceBundleSealed():
            return replace(state, bundle=Bundle(fact=fact, version=version))
        case _:
            assert_never(fact)
