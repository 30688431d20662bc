"""Step 12: what people signed with keys of their own says what is recorded in their name (design section 3).

A statement counts once: in one decision, each of a person was issued after their last word was recorded.
"""

from __future__ import annotations

from collections.abc import Sequence

from domain.decisions.facts import DecisionGiven
from ledger.attestation import Attestation, Said, check_attestation
from ledger.keyring import Keyring
from verifier.facts import RecordedFact
from verifier.steps import Step
from verifier.tally import Tally


def check_attestations(facts: Sequence[RecordedFact], keyring: Keyring, tally: Tally) -> None:
    """Check each signed decision among the facts of one incident, all of which hold, in order.

    ``keyring`` may be a later one than that of a fact's time: it knows what was valid at each position.
    """
    before: dict[tuple[str, str], str] = {}
    for item in facts:
        if isinstance(item.fact, DecisionGiven):
            word = (item.fact.decision_id, item.authid)
            _check(item, item.fact, keyring, before.get(word, ""), tally)
            before[word] = item.recordedtime


def _check(item: RecordedFact, fact: DecisionGiven, keyring: Keyring, before: str, tally: Tally) -> None:
    if fact.attestation is None:
        return
    attestation = Attestation(fact.attestation.statement, fact.attestation.signature)
    said = Said(
        origin=keyring.origin,
        subject=item.stream,
        decision=fact.decision_id,
        object=f"plan:{fact.plan_sha256}",
        verdict=fact.verdict,
        principal=item.authid,
        recordedtime=item.recordedtime,
        before=before,
    )
    with tally.collecting("attestation"):
        check_attestation(attestation, said, keyring, item.position, f"entry {item.position}")
        tally.checked(Step.ATTESTATIONS)
