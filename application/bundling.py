"""The bundle: a closed incident under its final manifest, as one file (R-BUN-01, R-BUN-03, R-MAN-03).

It is the incident's export at one published checkpoint, so it can be made again from the ledger at any time,
the same bytes, whose hash is on record: it need not be kept, and nobody can put another in its place.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from application.engine import Engine
from application.exporttarget import whole_or_absent
from application.exportwish import Material, Wish
from application.incident_export import export_incident
from application.progress import Progress, no_progress
from application.reading import recorded
from domain.archive.facts import EvidenceBundleSealed
from domain.artifacts import BUNDLE
from domain.documents import Packed
from domain.intake.facts import IncidentOpened
from ledger.errors import IntegrityError, StoreError
from ledger.store.contract import Reader, SignedCheckpoint


def packed(engine: Engine, stream: str) -> Packed | None:
    """Return what the bundle is under the newest published checkpoint, None while that is too old for it."""
    newest = engine.store.newest_publication()
    if newest is None or newest.size <= _last(engine.store, stream):
        return None
    with _made(engine, stream, newest, no_progress) as bundle:
        sha256, size = _measured(bundle)
    return Packed(sha256=sha256, size_bytes=size, log_size=newest.size)


def write_bundle(
    engine: Engine, stream: str, sealed: EvidenceBundleSealed, out: Path, progress: Progress = no_progress
) -> None:
    """Make the bundle that was sealed again, and put it at the new file ``out``, whole or not at all.

    Raises `IntegrityError` when what is made is not what was sealed, and as exports do.
    """
    checkpoint = engine.store.publication(sealed.log_size)
    if checkpoint is None:
        place = f"{BUNDLE} of {stream}"
        raise IntegrityError(place, f"a published checkpoint of {sealed.log_size} entries", "none")
    with _made(engine, stream, checkpoint, progress, beside=out) as bundle:
        found, _ = _measured(bundle)
        if found != sealed.sha256:
            raise IntegrityError(f"{BUNDLE} of {stream}", f"{sealed.sha256}, as sealed", found)
        try:
            out.hardlink_to(bundle)
        except FileExistsError as error:
            raise StoreError(f"{out}: expected no such file yet, found something there") from error


@contextmanager
def _made(
    engine: Engine, stream: str, checkpoint: SignedCheckpoint, progress: Progress, beside: Path | None = None
) -> Iterator[Path]:
    source = Material(store=engine.store, blobs=engine.blobs, checkpoint=checkpoint, vkey=engine.vkey)
    wish = Wish(incident=stream, sees=lambda other: other == stream or _is_open(engine.store, other))
    parent = engine.spools if beside is None else beside.parent
    with tempfile.TemporaryDirectory(dir=parent, prefix=".bundle-") as folder:
        bundle = Path(folder) / BUNDLE
        with whole_or_absent(bundle, progress) as files:
            export_incident(source, wish, files, progress)
        yield bundle


def _is_open(store: Reader, stream: str) -> bool:
    """Return whether everybody sees an incident, so that its alerts go along whoever makes the bundle."""
    first = next((recorded(row).fact for row in store.stream_rows(stream, 0, 1)), None)
    return isinstance(first, IncidentOpened) and first.visibility == "open"


def _last(store: Reader, stream: str) -> int:
    version = store.stream_heads([stream])[stream].version
    (row,) = store.stream_rows(stream, version - 1, 1)
    return row.position


def _measured(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size
