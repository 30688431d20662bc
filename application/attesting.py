"""A person's own signature, checked before it is recorded as the verifier will check it after (design 3)."""

from __future__ import annotations

from collections.abc import Iterable

from application.engine import Engine
from application.recording import Decided
from domain.context import Context
from domain.decisions.deciding import invalid_attestation
from domain.decisions.facts import DecisionGiven
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
    signed = [fact for fact in facts if isinstance(fact, DecisionGiven) and fact.attestation is not None]
    if not signed:
        return ()
    keyring, size = load_keyring(engine.store), engine.store.head().size
    for fact in signed:
        try:
            _check(fact, keyring, size, _said(fact, stream, state, context, engine.origin))
        except IntegrityError as error:
            return invalid_attestation(error.place, error.expected, error.found)
    return (Decided(stream=KEYS, version=keyring.version, items=()),)


def _check(fact: DecisionGiven, keyring: Keyring, position: int, said: Said) -> None:
    if fact.attestation is not None:
        attestation = Attestation(fact.attestation.statement, fact.attestation.signature)
        check_attestation(attestation, said, keyring, position, "attestation")


def _said(fact: DecisionGiven, stream: str, state: Incident, context: Context, origin: str) -> Said:
    words = state.decision.given.values() if state.decision is not None else ()
    return Said(
        origin=origin,
        subject=stream,
        decision=fact.decision_id,
        object=f"plan:{fact.plan_sha256}",
        verdict=fact.verdict,
        principal=context.principal.id,
        recordedtime=recorded_at(state, context),
        before=max((word.at for word in words if word.principal == context.principal.id), default=""),
    )
