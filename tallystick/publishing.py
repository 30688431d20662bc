"""The publisher of a home, with every record outside the database that binds it."""

from __future__ import annotations

import os
import socket
import time

import structlog

from application.engine import Engine
from application.heads import record_heads
from application.ids import system_clock
from application.steps import run
from domain.archive.commands import Seal
from ledger.checkpoint import peek_checkpoint
from ledger.commits import Commits
from ledger.errors import KeyUnavailable, LedgerError, ReadOnly, StoreError
from ledger.event import format_time
from ledger.guard import WAYS_OUT, Reference, check
from ledger.keyring import log_keys
from ledger.keystream import load_keyring
from ledger.lastcheckpoint import LastCheckpoint
from ledger.lease import Lease
from ledger.note import format_vkey, log_vkey
from ledger.publisher import Publisher
from ledger.signer import Signer
from ledger.store.sqlite import SqliteStore
from ledger.tile import tile_reader
from tallystick.keys import open_log_signer
from tallystick.settings import Settings

log = structlog.get_logger(__name__)


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


def own_publisher(settings: Settings, engine: Engine) -> Publisher | None:
    """Return the publisher of this process; None when it must not sign here, and says why in the log."""
    if engine.writer.refusal is not None:
        return None
    try:
        signer = open_log_signer(settings)
    except KeyUnavailable as e:
        log.warning("no log key here, another process has to publish", error=str(e))
        return None
    ours = format_vkey(log_vkey(engine.origin, signer.public_key))
    if ours not in log_keys(load_keyring(engine.store), engine.store.head().size):
        log.error("the log key here is not in force, another has to publish", key=ours)
        return None
    return build_publisher(settings, engine.store, engine.origin, signer, published=engine.published)


def publish_now(settings: Settings, engine: Engine) -> None:
    """Publish what is committed, unless another process leads; what is recorded stays recorded if not."""
    publisher = own_publisher(settings, engine)
    if publisher is None:
        return
    try:
        publisher.publish()
        publisher.release()
    except LedgerError as e:
        log.warning("not published yet", error=str(e))


def publish_before(settings: Settings, engine: Engine, command: object) -> None:
    """Publish heads if ``command`` seals a bundle, which is made under a checkpoint that covers them.

    A service publishes every second; here nobody does while a command is carried out.
    """
    if command == Seal(what="bundle"):
        run(record_heads(engine))
        publish_now(settings, engine)


def references(settings: Settings, store: SqliteStore) -> list[Reference]:
    """Return every promise this home knows of: the files outside, and the newest signed checkpoint."""
    found = [(record.path.name, record.read()) for record in outside_records(settings)]
    held = [Reference(f"the file {name}", promised) for name, promised in found if promised is not None]
    newest = store.newest_checkpoint()
    if newest is not None:
        held.append(Reference("the newest signed checkpoint", peek_checkpoint(newest.note)))
    return held


def remember(settings: Settings, store: SqliteStore) -> None:
    """Write down what was promised in each outside record that is missing, as `recover` does at its end."""
    newest = store.newest_checkpoint()
    for record in outside_records(settings):
        if newest is not None and record.read() is None:
            record.replace(None, peek_checkpoint(newest.note))


def _forgotten(settings: Settings, store: SqliteStore) -> ReadOnly | None:
    """Return why this home may only be read if its record of what was promised is gone."""
    newest, record = store.newest_checkpoint(), LastCheckpoint(settings.place.last_checkpoint)
    if newest is None or record.path.exists():
        return None
    return ReadOnly(
        f"the file {record.path.name} is missing although a checkpoint of {newest.size} entries is signed: "
        f"nobody can tell whether this database is an old copy. {WAYS_OUT}"
    )


def guard(settings: Settings, store: SqliteStore, origin: str) -> StoreError | None:
    """Return why this home may only be read, None when it fulfils every promise."""
    head = store.head()
    if (forgotten := _forgotten(settings, store)) is not None:
        return forgotten
    try:
        check(references(settings, store), origin, head.size, tile_reader(store.read_tile, head.size))
    except ReadOnly as e:
        return e
    except LedgerError as e:
        return ReadOnly(f"{e}; the log cannot be compared with what was promised, so it is only read")
    return None
