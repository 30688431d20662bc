"""What has to be done now and then.

Idempotency keys go after 30 days, what crashes left behind after one; the heads of streams are stated daily.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from functools import partial

import structlog

from application.engine import Engine
from application.heads import record_daily_heads
from application.orphans import collect_orphans
from application.stagedzip import sweep_staged
from application.steps import run
from application.tidying import referenced
from ledger.event import format_time

EVERY_S = 3600.0
FIRST_AFTER_S = 60.0
KEYS_LIVE = timedelta(days=30)
ORPHANS_LIVE = timedelta(days=1)

log = structlog.get_logger(__name__)


def run_housekeeping(engine: Engine, stop: threading.Event) -> None:
    """Tidy up once an hour until ``stop``; an error is reported and the next hour tries again."""
    wait = FIRST_AFTER_S
    while not stop.wait(wait):
        wait = EVERY_S
        if engine.writer.refusal is None:
            try:
                tidy(engine)
                run(record_daily_heads(engine))
            except Exception:  # whatever it is, a thread that ends in silence helps nobody
                log.exception("housekeeping failed")


def tidy(engine: Engine) -> None:
    """Forget old idempotency keys; remove vault rows and staged files that no fact names."""
    now = engine.clock()
    with engine.store.transaction() as tx:
        tx.forget_commands(format_time(now - KEYS_LIVE))
    # Read before the rows are looked at: what comes later can only be named from here on.
    size = engine.store.head().size
    named = partial(referenced, engine.store)
    collect_orphans(engine.vault, engine.blobs, named, now - ORPHANS_LIVE, size)
    sweep_staged(engine.spools, now - ORPHANS_LIVE)
