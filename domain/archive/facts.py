"""Facts about manifests, bundles and reviews (R-EVT-23, R-EVT-24)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.classified import Code, Count, Hash, Id, Timestamp
from domain.decisions.facts import Attestation
from domain.prose import Prose


class EvidenceManifestSealed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Revision ``revision`` of the manifest is what it is: the bytes with ``sha256`` (R-MAN-05).

    They are a function of the facts up to ``at_version``, which anybody can derive again by the rules of
    ``renderer``. ``decision_id`` is what reviewers of it decide.
    """

    decision_id: Id
    revision: Count
    sha256: Hash
    at_version: Count
    renderer: Count
    listed: Count
    required: Count
    missing: tuple[Code, ...] = ()
    previous_sha256: Hash | None = None


class ReviewerSignedOff(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person approves or rejects, in ``role``, exactly the manifest with ``manifest_sha256``."""

    decision_id: Id
    role: Code
    verdict: Literal["approved", "rejected"]
    manifest_sha256: Hash
    rationale: Prose
    granted_by: Id | None = None
    granted_at: Timestamp | None = None
    attestation: Attestation | None = None


class EvidenceBundleSealed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The bundle is the file with ``sha256``, made of the log up to ``log_size`` (R-BUN-01, R-MAN-03)."""

    name: Code
    sha256: Hash
    size_bytes: Count
    manifest_revision: Count
    log_size: Count


ArchiveFact = EvidenceManifestSealed | ReviewerSignedOff | EvidenceBundleSealed
