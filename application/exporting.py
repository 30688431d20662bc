"""Before an export of an incident: heads that cover it, and a published checkpoint that covers those."""

from __future__ import annotations

from contextlib import suppress

from application.engine import Engine
from application.exportwish import Material
from application.heads import newest_heads, record_heads
from application.steps import Steps
from ledger.errors import ReadOnly, StoreError


def heads_stated(engine: Engine) -> Steps[int]:
    """Return how many entries a checkpoint must cover so that an export under it is as new as can be.

    Records a heads fact over everything committed before, unless nothing can be recorded: then an older one
    has to do.
    """
    with suppress(ReadOnly):
        yield from record_heads(engine)
    stated: int = yield engine.disk.submit(_stated, engine)
    return stated


def material(engine: Engine) -> Material:
    """Return what exports are made from now; raises `StoreError` while nothing is published."""
    newest = engine.store.newest_publication()
    if newest is None:
        raise StoreError("log: expected a published checkpoint, found none; run `tallystick serve`")
    return Material(store=engine.store, blobs=engine.blobs, checkpoint=newest, vkey=engine.vkey)


def _stated(engine: Engine) -> int:
    newest = newest_heads(engine.store, engine.store.head().size)
    return 0 if newest is None else newest.position + 1
