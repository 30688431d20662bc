"""Registered bytes of an incident: what facts name by the SHA-256 of the ciphertext (R-MAN-02, R-MAN-06)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from domain.execution.facts import MitigationCommandExecuted
from domain.gates.facts import GateEvaluated
from domain.prose import BlobRef, proses
from domain.recorded import UnknownFact
from domain.rootcause.facts import RootCauseEvidenceCaptured
from domain.sentences import SENTENCES
from projections.artifacts.rendering import RecordedFact, Rendering

BlobKind = Literal["evidence", "output", "text"]
"""Evidence for root causes or gates, what a command printed, or words too long to stand in a fact."""


class Blob(Struct, frozen=True, kw_only=True):
    """Stored bytes, and the first fact that names them; ``name`` tells it from others of that fact."""

    kind: BlobKind
    name: str
    blob: BlobRef
    media_type: str
    item: RecordedFact
    step: str

    @property
    def path(self) -> str:
        """Where exports have it."""
        return f"blobs/sha256/{self.blob.sha256[:2]}/{self.blob.sha256}"


def blobs(rendering: Rendering) -> tuple[Blob, ...]:
    """Return the registered bytes in the order in which facts first named them, each once."""
    found: dict[str, Blob] = {}
    for item in rendering.facts:
        for blob in _named(item):
            found.setdefault(blob.blob.sha256, blob)
    return tuple(found.values())


def _named(item: RecordedFact) -> Iterator[Blob]:
    fact = item.fact
    if isinstance(fact, UnknownFact):
        return
    relied_on = (it.blob for it in fact.evidence) if isinstance(fact, GateEvaluated) else ()
    references = (*relied_on, *(part.blob for part in proses(fact) if part.blob is not None))
    for number, reference in enumerate(references, start=1):
        yield Blob(
            kind=_kind(item),
            name=_name(item, number),
            blob=reference,
            media_type=_media_type(item),
            item=item,
            step=SENTENCES[type(fact)].step,
        )


def _kind(item: RecordedFact) -> BlobKind:
    match item.fact:
        case RootCauseEvidenceCaptured() | GateEvaluated():
            return "evidence"
        case MitigationCommandExecuted():
            return "output"
        case _:
            return "text"


def _name(item: RecordedFact, number: int) -> str:
    match item.fact:
        case RootCauseEvidenceCaptured(evidence_id=evidence_id):
            return f"{evidence_id}.{number}"
        case MitigationCommandExecuted(attempt=attempt, seq=seq, tried=tried):
            return f"attempt-{attempt}.command-{seq}.try-{tried}.{number}"
        case _:
            return f"fact-{item.version}.{number}"


def _media_type(item: RecordedFact) -> str:
    stated = item.fact.media_type if isinstance(item.fact, RootCauseEvidenceCaptured) else None
    return stated or "application/octet-stream"
