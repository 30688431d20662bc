"""What is asked of the export of an incident, where it comes from, and what it came to."""

from __future__ import annotations

import msgspec

from application.blobs import Blobs
from application.disclosing import Opens
from application.incident_streams import Sees
from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.note import parse_vkey
from ledger.store.contract import SignedCheckpoint, Store


class Material(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Where an export comes from, and the published checkpoint that everything is proven against."""

    store: Store
    blobs: Blobs
    checkpoint: SignedCheckpoint
    vkey: str

    def head(self) -> Checkpoint:
        """Return the checkpoint, whose signature holds."""
        return open_checkpoint(self.checkpoint.note, parse_vkey(self.vkey))


def sees_all(_: str) -> bool:
    """Return that every incident is seen."""
    return True


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """Which incident; for a reader who ``sees`` others; with ``blobs``; with the texts that it ``opens``.

    With ``sealed`` its artifacts are those that the newest sealed manifest lists; else as of the last fact.
    """

    incident: str
    sees: Sees = sees_all
    blobs: bool = True
    opens: Opens | None = None
    sealed: bool = False


class IncidentExported(msgspec.Struct, kw_only=True):
    """What an export holds so far; ``size`` is the tree's, up to ``complete_to`` no stream was cut.

    ``lost`` files are left out because the record says they are missing or damaged.
    """

    incident: str
    size: int
    complete_to: int = 0
    streams: int = 0
    entries: int = 0
    blobs: int = 0
    lost: int = 0
    policies: int = 0
    artifacts: int = 0
    disclosures: int = 0
    files: int = 0
