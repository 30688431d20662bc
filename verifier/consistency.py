"""Step 3: an older checkpoint, which the auditor kept, is a prefix of the log.

It finds a tail that was cut off, and a history that was rewritten and signed again by the log's own key.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from ledger.checkpoint import Checkpoint, peek_checkpoint
from ledger.errors import IntegrityError
from ledger.merkle import consistency_proof, verify_consistency
from ledger.note import VerifierKey
from ledger.tile import tile_reader
from verifier.container import Accepted
from verifier.errors import WrongUse
from verifier.signedhead import SignedHead, open_by_one
from verifier.source import Source
from verifier.steps import Step
from verifier.tally import Tally
from verifier.trustedtiles import read_hashes

NO_TILES: Final = (
    "the export of an incident holds no proof of it; compare this checkpoint with the log or a ledger export"
)


def open_since(data: bytes, pinned: Sequence[VerifierKey]) -> Checkpoint:
    """Return the auditor's older checkpoint; raises `WrongUse` if no pinned key signed it.

    Without a pinned key it is taken as it is: that it is the auditor's own copy is all that is known.
    """
    try:
        return open_by_one(data, pinned)[0] if pinned else peek_checkpoint(data)
    except IntegrityError as error:
        raise WrongUse(f"older checkpoint: {error}") from error


def check_consistency(source: Accepted, head: SignedHead, since: Checkpoint, tally: Tally) -> None:
    """Note whether the first ``since.size`` entries are those that ``since`` was signed over."""
    with tally.collecting("consistency"):
        if source.layout.kind == "incident" and since.size < head.checkpoint.size:
            tally.gap("consistency", f"checkpoint {since.size} to {head.checkpoint.size}", NO_TILES)
            return
        _check(source, head.checkpoint, since)
        tally.checked(Step.CONSISTENCY, since.size)


def _check(source: Source, new: Checkpoint, old: Checkpoint) -> None:
    place = f"checkpoint {old.size} to {new.size}"
    if old.origin != new.origin:
        raise IntegrityError(f"{place}, origin", old.origin, new.origin)
    if old.size > new.size:
        raise IntegrityError(f"{place}, size", f"at least {old.size} entries", new.size)
    # The proof comes from unverified tiles: it holds by itself or not at all.
    path = consistency_proof(old.size, new.size, tile_reader(partial(read_hashes, source), new.size))
    verify_consistency(old.size, old.root, new.size, new.root, path, place)
