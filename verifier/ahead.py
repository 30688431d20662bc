"""Signatures checked ahead of the audit, by several processes: the same report, sooner.

Two thirds of the work on an entry is its signature, which needs nothing but the recorder's key. So entries
are read ahead and sent to other processes in batches; whatever comes back not at all, or without a signature
that holds, the audit checks itself. Small exports never start a process.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from itertools import islice
from types import ModuleType
from typing import Final, TypeAlias

from msgspec.structs import replace

from ledger.audit import Audit
from ledger.keyring import recorder_keys
from ledger.presigned import signers
from verifier.inclusion import Included

FIRST: Final = 16_384  # entries that are checked before it is worth to start a process
BATCH: Final = 512  # entries
BATCH_BYTES: Final = 1 << 20

_Batch: TypeAlias = list[Included]
_Sent: TypeAlias = tuple[_Batch, "Future[list[bytes | None]] | None"]


def ahead(entries: Iterator[Included], audit: Audit, processes: int) -> Iterator[Included]:
    """Yield the entries in their order, those beyond `FIRST` with who signed them, as far as it is known.

    ``audit`` is fed with what is yielded, one after the other, and so knows the keys.
    """
    yield from islice(entries, FIRST)
    first = next(entries, None) if processes > 1 else None
    if first is None:
        yield from entries
        return
    # A fresh interpreter each: forking would copy whatever threads and locks the caller has.
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            started = _started(pool, processes)
            yield first
            while not all(future.done() for future in started) and (entry := next(entries, None)) is not None:
                yield entry  # rather than wait
            for batch, future in _sent(_batches(entries), audit, pool, 2 * processes):
                yield from _signed(batch, future)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _started(pool: Executor, processes: int) -> list[Future[list[bytes | None]]]:
    """Start the processes; each is there when its future is done.

    They need nothing of the caller's main module. It is out of sight while they start, so that they do not
    import it, which would take longer than all the rest, or run it where it is a plain script.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        return [pool.submit(signers, [], {}) for _ in range(processes)]
    except BrokenExecutor:
        return []
    finally:
        sys.modules["__main__"] = main


def _sent(batches: Iterator[_Batch], audit: Audit, pool: Executor, window: int) -> Iterator[_Sent]:
    """Yield the batches in their order, ``window`` of them on their way at any time."""
    waiting = deque[_Sent]()
    for batch in batches:
        waiting.append((batch, _submitted(batch, audit, pool)))
        if len(waiting) > window:
            yield waiting.popleft()
    yield from waiting


def _submitted(batch: _Batch, audit: Audit, pool: Executor) -> Future[list[bytes | None]] | None:
    try:
        return pool.submit(signers, [entry.data for entry in batch], recorder_keys(audit.keyring))
    except BrokenExecutor:
        return None


def _signed(batch: _Batch, future: Future[list[bytes | None]] | None) -> Iterator[Included]:
    try:
        found = [None] * len(batch) if future is None else future.result()
    except BrokenExecutor:
        # Somebody ended a process. Nothing is lost but time.
        found = [None] * len(batch)
    for entry, key in zip(batch, found, strict=True):
        yield entry if key is None else replace(entry, signed_by=key)


def _batches(entries: Iterator[Included]) -> Iterator[_Batch]:
    batch, size = list[Included](), 0
    for entry in entries:
        batch.append(entry)
        size += len(entry.data)
        if len(batch) == BATCH or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
