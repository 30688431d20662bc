"""How the log has grown: its newest checkpoints, and a few of all that were ever signed."""

from __future__ import annotations

import msgspec

from application.engine import Engine
from ledger.store.contract import SignedCheckpoint

SAMPLES = 24
NEWEST = 8


class Signed(msgspec.Struct, frozen=True):
    """A signed checkpoint, and whether it was published."""

    checkpoint: SignedCheckpoint
    published: bool


class Growth(msgspec.Struct, frozen=True):
    """The newest checkpoints, newest first; and some of all, smallest first, the last among them."""

    newest: tuple[Signed, ...]
    samples: tuple[SignedCheckpoint, ...]


def growth(engine: Engine) -> Growth:
    """Return how the log has grown; costs the same however many checkpoints there are."""
    store, last = engine.store, engine.store.newest_checkpoint()
    if last is None:
        return Growth((), ())
    newest, window = list[SignedCheckpoint](), NEWEST
    while len(newest) < NEWEST and window < 2 * last.size:
        # Each checkpoint covers an entry more than the one before, so a window holds no more than its width.
        newest, window = [*store.checkpoints(max(0, last.size - window))], window * 8
    signed = [Signed(one, store.publication(one.size) is not None) for one in newest[-NEWEST:]]
    above = (last.size * number // SAMPLES for number in range(SAMPLES))
    found = {one.size: one for size in above if (one := next(store.checkpoints(size), None)) is not None}
    found[last.size] = last
    return Growth(tuple(reversed(signed)), tuple(found[size] for size in sorted(found)))
