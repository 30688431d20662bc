"""Step 12: what people signed with keys of their own says what is recorded in their name (design section 3).

A statement counts once: in one decision, each of a person was issued after their last word was recorded.
"""

from __future__ import annotations

from collections.abc import Sequence

from domain.attested import Word, word_of
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
        word = word_of(item.fact)
        if word is not None:
            _check(item, word, keyring, before.get((word.decision, item.authid), ""), tally)
            before[(word.decision, item.authid)] = item.recordedtime


def _check(item: RecordedFact, word: Word, keyring: Keyring, before: str, tally: Tally) -> None:
    if word.attestation is None:
        return
    attestation = Attestation(word.attestation.statement, word.attestation.signature)
    said = Said(
        origin=keyring.origin,
        subject=item.stream,
        decision=word.decision,
        object=word.object,
        verdict=word.verdict,
        principal=item.authid,
        recordedtime=item.recordedtime,
        before=before,
    )
    with tally.collecting("attestation"):
        check_attestation(attestation, said, keyring, item.position, f"entry {item.position}")
        tally.checked(Step.ATTESTATIONS)
