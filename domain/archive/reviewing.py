"""Reviewing the manifest (R-HND-11): a word in a role, bound to the hash of exactly these bytes."""

from __future__ import annotations

from domain.archive.archive import Manifest, Review
from domain.archive.commands import ReviewManifest
from domain.archive.facts import ReviewerSignedOff
from domain.archive.reviews import REVIEWERS, covered, given, review_roles, reviewable
from domain.context import Context
from domain.decisions.deciding import attestation_of, how_held
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.prose import prose
from domain.recorded_at import recorded_at
from domain.refusal import Refusal


def review(state: Incident, command: ReviewManifest, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return the review; a rejection sends the incident back to its report."""
    manifest = reviewable(state)
    if manifest is None:
        return Refusal(
            code="NO_MANIFEST",
            message="there is no manifest to review since gate 4 was evaluated",
            expected="a sealed manifest",
            found="none",
        )
    if command.manifest_sha256 not in (None, manifest.fact.sha256):
        return Refusal(
            code="MANIFEST_REVISED",
            message="the manifest in force is another one than you saw",
            place="manifest_sha256",
            expected=manifest.fact.sha256,
            found=command.manifest_sha256,
        )
    role = _role(state, command, context)
    if isinstance(role, Refusal):
        return role
    word = _word(state, command, context, manifest, role)
    if command.verdict == "approved" and not _adds(state, word, context):
        return Refusal(
            code="APPROVAL_NOT_DISTINCT",
            message="everybody counts once: this review adds nothing to what is there",
            place="role",
            expected="another person, or a role that still lacks one",
            found=f"{context.principal.id} as {role}",
        )
    return (word,)


def _word(
    state: Incident, command: ReviewManifest, context: Context, manifest: Manifest, role: str
) -> ReviewerSignedOff:
    held = how_held(state, context, role)
    return ReviewerSignedOff(
        decision_id=manifest.fact.decision_id,
        role=role,
        verdict=command.verdict,
        manifest_sha256=manifest.fact.sha256,
        rationale=prose(command.rationale),
        granted_by=None if held is None else held.granted_by,
        granted_at=None if held is None else held.granted_at,
        attestation=attestation_of(command.attestation),
    )


def _role(state: Incident, command: ReviewManifest, context: Context) -> str | Refusal:
    """Return the role in which the asker reviews: the named one, else the first that lacks somebody."""
    mine = review_roles(state, context.principal)
    fitting = [role for role in mine if command.role in (None, role)]
    taken = covered(state, given(state))
    if fitting:
        return next((role for role in fitting if role not in taken), fitting[0])
    return Refusal(
        code="ROLE_MISSING",
        message="a manifest is reviewed by who commands, and by a performance engineer or who covers for one",
        place="role",
        expected="one of " + ", ".join(REVIEWERS),
        found=command.role or "none of them",
    )


def _adds(state: Incident, word: ReviewerSignedOff, context: Context) -> bool:
    before = given(state)
    mine = Review(
        fact=word, by=context.principal.id, at=recorded_at(state, context), version=state.version + 1
    )
    return len(covered(state, (*before, mine))) > len(covered(state, before))
