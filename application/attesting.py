"""A person's own signature, checked before it is recorded as the verifier will check it after (design 3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from application.engine import Engine
from application.recording import Decided
from domain.attested import Word, word_of
from domain.context import Context
from domain.decisions.deciding import invalid_attestation
from domain.incident import Incident
from domain.incident_facts import IncidentFact
from domain.recorded_at import recorded_at
from domain.refusal import Refusal
from ledger.attestation import Attestation, Said, check_attestation
from ledger.errors import IntegrityError
from ledger.keyfacts import STREAM as KEYS
from ledger.keyring import Keyring
from ledger.keystream import load_keyring


def attested(
    engine: Engine, stream: str, state: Incident, facts: Iterable[IncidentFact], context: Context
) -> tuple[Decided, ...] | Refusal:
    """Return what recording ``facts`` demands of the keys, or why a signature among them counts for nothing.

    The demand is that the keys are still those that were looked at: one that ends between this look and the
    append would leave a record that no auditor accepts.
    """
    words = [word for fact in facts if (word := word_of(fact)) is not None and word.attestation is not None]
    if not words:
        return ()
    keyring, size = load_keyring(engine.store), engine.store.head().size
    for word in words:
        try:
            _check(word, keyring, size, _said(word, stream, state, context, engine.origin))
        except IntegrityError as error:
            return invalid_attestation(error.place, error.expected, error.found)
    return (Decided(stream=KEYS, version=keyring.version, items=()),)


def _check(word: Word, keyring: Keyring, position: int, said: Said) -> None:
    if word.attestation is not None:
        attestation = Attestation(word.attestation.statement, word.attestation.signature)
        check_attestation(attestation, said, keyring, position, "attestation")


def _said(word: Word, stream: str, state: Incident, context: Context, origin: str) -> Said:
    return Said(
        origin=origin,
        subject=stream,
        decision=word.decision,
        object=word.object,
        verdict=word.verdict,
        principal=context.principal.id,
        recordedtime=recorded_at(state, context),
        before=max(_earlier(word, state, context.principal.id), default=""),
    )


def _earlier(word: Word, state: Incident, who: str) -> Iterator[str]:
    """Yield when somebody gave a word on the same decision before: on a plan, or on a manifest."""
    given = () if state.decision is None else state.decision.given.values()
    yield from (past.at for past in given if past.principal == who)
    reviews = state.archive.reviews
    yield from (past.at for past in reviews if past.by == who and past.fact.decision_id == word.decision)
