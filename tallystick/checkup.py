"""The whole of what a home holds, recomputed and compared: the log, the promises, the vault, the blobs."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from application.holdings import Lost, check_holdings
from application.progress import Progress
from application.vault import Vault
from ledger.errors import IntegrityError, ReadOnly
from ledger.finding import Finding, finding
from ledger.fsck import Fsck
from ledger.note import parse_vkey
from ledger.store.sqlite import SqliteStore
from tallystick.blobs import open_blobs
from tallystick.home import Home
from tallystick.keys import open_vault_key
from tallystick.publishing import guard
from tallystick.settings import Settings
from tallystick.wiring import NotInitialised, open_store


class Checkup(msgspec.Struct, frozen=True, kw_only=True):
    """What a check of a home came to."""

    origin: str
    entries: int
    streams: int
    findings: tuple[Finding, ...]


def check_home(settings: Settings, step: Progress) -> Checkup:
    """Return everything that does not hold in the home of ``settings``; nothing is changed.

    Raises `NotInitialised`, and `KeyUnavailable` or `StoreError` for what cannot be looked at.
    """
    home = settings.place
    origin = pinned_origin(home)
    store = open_store(home)
    try:
        fsck = Fsck(store, origin, lambda done, total: step("entries", done, total))
        findings = tuple(_findings(settings, store, fsck, step))
        return Checkup(
            origin=origin,
            entries=_size(store),
            streams=fsck.audit.streams,
            findings=findings,
        )
    finally:
        store.close()


def pinned_origin(home: Home) -> str:
    """Return the log's name as ``log.vkey`` says it, so that a log in another's place is found out."""
    if not home.initialised:
        raise NotInitialised(f"home {home.path}: expected a ledger, found none; run `tallystick init`")
    return parse_vkey(home.vkey.read_text().strip()).name


def _findings(settings: Settings, store: SqliteStore, fsck: Fsck, step: Progress) -> Iterator[Finding]:
    try:
        yield from fsck.run()
    except IntegrityError as e:
        yield finding("store", e)
        return
    refusal = guard(settings, store, fsck.audit.origin or "")
    if isinstance(refusal, ReadOnly):
        yield Finding("promise", "log", "every promise fulfilled", str(refusal))
    yield from _held(settings, store, step)


def _held(settings: Settings, store: SqliteStore, step: Progress) -> Iterator[Finding]:
    vault = Vault(settings.place.vault, open_vault_key(settings))
    try:
        blobs, end = open_blobs(settings), store.head().size
        for item in check_holdings(
            store, vault, blobs, end, lambda done, total: step("sealed values", done, total)
        ):
            yield _lost(item) if isinstance(item, Lost) else item
    finally:
        vault.close()


def _size(store: SqliteStore) -> int:
    try:
        return store.head().size
    except IntegrityError:
        return 0  # among the findings already


def _lost(item: Lost) -> Finding:
    place = f"entry {item.position}, value {item.c}"
    return Finding("sealed", place, "its value, or its erasure", item.state.value)
