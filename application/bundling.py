"""The bundle: a closed incident under its final manifest, as one file (R-BUN-01, R-BUN-03, R-MAN-03).

It is the incident's export at one published checkpoint, so it can be made again from the ledger at any time,
the same bytes, whose hash is on record: it need not be kept, and nobody can put another in its place.
"""

from __future__ import annotations

import hashlib
from contextlib import closing

from application.engine import Engine
from application.exportwish import Material, Wish
from application.reading import recorded
from application.stagedzip import StagedZip
from domain.archive.facts import EvidenceBundleSealed
from domain.artifacts import BUNDLE
from domain.documents import Packed
from domain.intake.facts import IncidentOpened
from ledger.errors import IntegrityError
from ledger.store.contract import Reader, SignedCheckpoint


def packed(engine: Engine, stream: str) -> Packed | None:
    """Return what the bundle is under the newest published checkpoint, None while that is too old for it."""
    newest = engine.store.newest_publication()
    if newest is None or newest.size <= _last(engine.store, stream):
        return None
    with closing(_made(engine, stream, newest)) as staged:
        return Packed(sha256=_sha256(staged), size_bytes=staged.size, log_size=newest.size)


def sealed_bundle(engine: Engine, stream: str) -> StagedZip | None:
    """Return the bundle that was sealed last, made again; None where none was. Close it.

    Raises `IntegrityError` when what is made is not what was sealed, and as exports do.
    """
    sealed = engine.states.incident(stream).state.archive.bundle
    return None if sealed is None else made_again(engine, stream, sealed.fact)


def made_again(engine: Engine, stream: str, sealed: EvidenceBundleSealed) -> StagedZip:
    """Return the bundle that ``sealed`` is about; raises as `sealed_bundle` does."""
    place, checkpoint = f"{BUNDLE} of {stream}", engine.store.publication(sealed.log_size)
    if checkpoint is None:
        raise IntegrityError(place, f"a published checkpoint of {sealed.log_size} entries", "none")
    staged = _made(engine, stream, checkpoint)
    try:
        found = _sha256(staged)
    except BaseException:
        staged.close()
        raise
    if found != sealed.sha256:
        staged.close()
        raise IntegrityError(place, f"{sealed.sha256}, as sealed", found)
    return staged


def _made(engine: Engine, stream: str, checkpoint: SignedCheckpoint) -> StagedZip:
    source = Material(store=engine.store, blobs=engine.blobs, checkpoint=checkpoint, vkey=engine.vkey)
    wish = Wish(
        incident=stream,
        sees=lambda other: other == stream or _is_open(engine.store, other),
        sealed=True,
    )
    return StagedZip(source, wish, engine.spools)


def _is_open(store: Reader, stream: str) -> bool:
    """Return whether everybody sees an incident, so that its alerts go along whoever makes the bundle."""
    first = next((recorded(row).fact for row in store.stream_rows(stream, 0, 1)), None)
    return isinstance(first, IncidentOpened) and first.visibility == "open"


def _last(store: Reader, stream: str) -> int:
    version = store.stream_heads([stream])[stream].version
    (row,) = store.stream_rows(stream, version - 1, 1)
    return row.position


def _sha256(staged: StagedZip) -> str:
    digest = hashlib.sha256()
    for piece in staged.chunks():
        digest.update(piece)
    return digest.hexdigest()
