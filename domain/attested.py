"""What a person signs with a key of their own: one table for recording and verifying it (design 3)."""

from __future__ import annotations

from msgspec import Struct

from domain.archive.facts import ReviewerSignedOff
from domain.decisions.facts import Attestation, DecisionGiven


class Word(Struct, frozen=True, kw_only=True):
    """A verdict on one object in one decision, and the signature under it, if there is one."""

    decision: str
    object: str
    verdict: str
    attestation: Attestation | None


def word_of(fact: object) -> Word | None:
    """Return the word that a fact records, None where it records none that can be signed."""
    match fact:
        case DecisionGiven():
            decided = f"plan:{fact.plan_sha256}"
        case ReviewerSignedOff():
            decided = f"manifest:{fact.manifest_sha256}"
        case _:
            return None
    return Word(decision=fact.decision_id, object=decided, verdict=fact.verdict, attestation=fact.attestation)
