"""The publisher of a home, with every record outside the database that binds it."""

from __future__ import annotations

import os
import socket
import time

from application.ids import system_clock
from ledger.checkpoint import peek_checkpoint
from ledger.commits import Commits
from ledger.errors import LedgerError, ReadOnly, StoreError
from ledger.event import format_time
from ledger.guard import Reference, check
from ledger.lastcheckpoint import LastCheckpoint
from ledger.lease import Lease
from ledger.publisher import Publisher
from ledger.signer import Signer
from ledger.store.sqlite import SqliteStore
from ledger.tile import tile_reader
from tallystick.settings import Settings


def outside_records(settings: Settings) -> tuple[LastCheckpoint, ...]:
    """Return the files outside the database that hold the largest tree promised."""
    paths = (settings.place.last_checkpoint, settings.checkpoint_copy)
    return tuple(LastCheckpoint(path) for path in paths if path is not None)


def build_publisher(
    settings: Settings, store: SqliteStore, origin: str, log: Signer, published: Commits | None = None
) -> Publisher:
    """Return the publisher of this process; the lease decides which process publishes."""
    return Publisher(
        store,
        log,
        origin,
        intents=outside_records(settings),
        references=tuple,
        lease=Lease("publisher", f"{socket.gethostname()}:{os.getpid()}", clock=time.time),
        clock=lambda: format_time(system_clock()),
        published=published,
    )


def references(settings: Settings, store: SqliteStore) -> list[Reference]:
    """Return every promise this home knows of: the files outside, and the newest signed checkpoint."""
    found = [(record.path.name, record.read()) for record in outside_records(settings)]
    held = [Reference(f"the file {name}", promised) for name, promised in found if promised is not None]
    newest = store.newest_checkpoint()
    if newest is not None:
        held.append(Reference("the newest signed checkpoint", peek_checkpoint(newest.note)))
    return held


def guard(settings: Settings, store: SqliteStore, origin: str) -> StoreError | None:
    """Return why this home may only be read, None when it fulfils every promise."""
    head = store.head()
    try:
        check(references(settings, store), origin, head.size, tile_reader(store.read_tile, head.size))
    except ReadOnly as e:
        return e
    except LedgerError as e:
        return ReadOnly(f"{e}; the log cannot be compared with what was promised, so it is only read")
    return None
