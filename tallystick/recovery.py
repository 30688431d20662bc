"""``recover``: brings a home that was restored from an old copy back to what it had promised.

The missing entries come from an export, another copy of it, or another service; so do blobs, where the other
copy has them. Sealed values that only the lost vault knew are gone: a file in the home lists them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec

from application.blobs import Blobs
from application.holdings import Lost, check_holdings
from application.progress import Progress
from application.reading import log_rows
from application.vault import Vault
from ledger.durable import replace_durably
from ledger.errors import IntegrityError, KeyUnavailable, StoreError
from ledger.exportlayout import blob_path
from ledger.recover import recover
from ledger.references import references as files_named
from ledger.store.rows import open_row
from ledger.store.sqlite import SqliteStore
from tallystick.blobs import open_blobs
from tallystick.checkup import pinned_origin
from tallystick.keys import open_log_signer, open_vault_key
from tallystick.publishing import build_publisher, guard, references, remember
from tallystick.serving_lock import serving_lock
from tallystick.settings import Settings
from verifier.errors import NotThere, Unreadable
from verifier.source import Source

MAX_FILE = 64 * 1024 * 1024
"""Bytes of one file of the other copy: an entry bundle has 17 MB at most."""


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """What was missing and is back, and what is gone; ``lost`` are listed in the file ``lost_list``."""

    before: int
    after: int
    blobs: int
    lost: int
    lost_list: str | None
    published: int


def recover_home(settings: Settings, copy: Source, step: Progress) -> Recovery:
    """Return what was appended from ``copy``; afterwards the home fulfils every promise.

    Raises `IntegrityError` when the copy does not continue this log, and then nothing is appended;
    `HomeServed` while a service runs here; `StoreError` when promises are still unfulfilled.
    """
    home = settings.place
    origin = pinned_origin(home)
    with ExitStack() as stack:
        stack.enter_context(serving_lock(home))
        store = SqliteStore(home.ledger)
        stack.callback(store.close)
        held = references(settings, store)
        pinned = home.vkey.read_text().strip()
        grown = recover(store, origin, lambda path: _read(copy, path), held, pinned=pinned)
        vault = Vault(home.vault, open_vault_key(settings))
        stack.callback(vault.close)
        blobs = open_blobs(settings)
        fetched = _fetch_blobs(store, copy, blobs, grown.after, step)
        lost = _lost(store, vault, blobs, step)
        remember(settings, store)
        if (refusal := guard(settings, store, origin)) is not None:
            raise refusal
        return Recovery(
            before=grown.before,
            after=grown.after,
            blobs=fetched,
            lost=len(lost),
            lost_list=_write_list(home.path, grown.after, lost),
            published=_publish(settings, store, origin),
        )


def _read(copy: Source, path: str) -> bytes:
    try:
        return copy.read(path, MAX_FILE)
    except NotThere as e:
        raise IntegrityError(f"other copy, {path}", "a file", "none") from e
    except Unreadable as e:
        raise StoreError(f"other copy, {e}") from e


def _fetch_blobs(store: SqliteStore, copy: Source, blobs: Blobs, end: int, step: Progress) -> int:
    """Return how many blobs that entries name were missing here and are stored now."""
    fetched = 0
    for position, sha256 in _missing(store, blobs, end):
        step("blobs", position, end)
        fetched += _fetch(copy, blobs, sha256)
    return fetched


def _missing(store: SqliteStore, blobs: Blobs, end: int) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for row in log_rows(store, 0, end):
        for named in files_named(open_row(row)[1].data):
            if named.sha256 not in seen and not blobs.holds(named.sha256):
                yield row.position, named.sha256
            seen.add(named.sha256)


def _fetch(copy: Source, blobs: Blobs, sha256: str) -> bool:
    """Return whether the other copy has a blob, now stored; one that it lacks is listed as lost."""
    try:
        blobs.put_chunks(sha256, lambda: copy.chunks(blob_path(sha256)))
    except (NotThere, Unreadable, IntegrityError):
        return False
    return True


def _lost(store: SqliteStore, vault: Vault, blobs: Blobs, step: Progress) -> list[Lost]:
    found = check_holdings(
        store, vault, blobs, store.head().size, lambda done, total: step("sealed values", done, total)
    )
    return [item for item in found if isinstance(item, Lost)]


def _write_list(folder: Path, size: int, lost: list[Lost]) -> str | None:
    if not lost:
        return None
    path = folder / f"lost-{size}.jsonl"
    replace_durably(path, b"".join(msgspec.json.encode(item) + b"\n" for item in lost))
    return str(path)


def _publish(settings: Settings, store: SqliteStore, origin: str) -> int:
    """Return the size of the newest published checkpoint, a new one if the log key is here."""
    try:
        publisher = build_publisher(settings, store, origin, open_log_signer(settings))
        newest = publisher.publish()
        publisher.release()
    except KeyUnavailable:
        newest = store.newest_publication()
    return 0 if newest is None else newest.size
