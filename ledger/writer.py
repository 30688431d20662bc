"""The one way into the log: group commit, chained and signed, acknowledged once durable.

Requests from any thread queue up; one thread commits whatever has queued, in one transaction.
There is no linger: the commit itself is the window in which the next batch gathers. The order
below is the correctness argument (design section 5):

1. guess the heads of the streams, chain and sign, with no lock held;
2. lock the head row, read the real heads, re-chain what was guessed wrong;
3. insert entries, tiles, command rows, tracking, head; commit;
4. only then move the cache, resolve the futures, wake who waits.

Crash before 3's commit: nothing is there, nobody was told. Crash after: everything is there.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from ledger.append import AppendRequest, Receipt
from ledger.batch import Batch, Outcome
from ledger.commits import Commits
from ledger.errors import (
    CommitInDoubt,
    IntegrityError,
    LedgerError,
    QueueFull,
    ReadOnly,
    RowRefused,
    StoreError,
)
from ledger.keyfacts import STREAM as KEYS
from ledger.keyring import Keyring, valid
from ledger.keystream import advance, load_keyring
from ledger.recent import RecentHeads
from ledger.signer import Signer, keyid
from ledger.store.contract import Head, Store, Transaction

Item = tuple[AppendRequest, "Future[Receipt]"]


class Writer:
    """Appends requests to a store in the order they came. Threads may share it."""

    def __init__(
        self,
        store: Store,
        signer: Signer,
        origin: str,
        *,
        clock: Callable[[], str],
        commits: Commits | None = None,
        max_waiting: int = 10_000,
        max_batch: int = 512,
    ) -> None:
        self._store, self._signer, self._origin, self._clock = store, signer, origin, clock
        self._keyid = keyid(signer.public_key)
        self.commits = commits or Commits()
        self._max_waiting, self._max_batch = max_waiting, max_batch
        self._queue: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._recent = RecentHeads(store, origin)
        self._keyring: Keyring | None = None
        self._put_back: Item | None = None
        self._refusal: StoreError | None = None
        self._closing = threading.Lock()  # orders submit against close
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()

    def submit(self, request: AppendRequest) -> Future[Receipt]:
        """Return a future of the receipt; it resolves when the entries are on durable storage.

        It fails with an `AppendRefused` of this request alone, with an `IntegrityError` when an
        event of it is not in its form, or with a `StoreError`; then nothing of the request is in
        the log, but for one that is ``fatal``: then nobody knows. A request whose future is
        cancelled in the queue is not recorded. Raises `QueueFull` when too many are waiting.
        """
        future: Future[Receipt] = Future()
        with self._closing:
            if self._closed:
                raise ReadOnly("the writer is closed")
            if self._queue.qsize() >= self._max_waiting:
                raise QueueFull(self._max_waiting)
            self._queue.put((request, future))
        return future

    def append(self, request: AppendRequest) -> Receipt:
        """Return the receipt once the entries are on durable storage; errors as of `submit`."""
        return self.submit(request).result()

    def freeze(self, error: StoreError) -> None:
        """Refuse every request from now on: `ReadOnly` with what ``error`` says. Reading goes on."""
        self._refusal = error

    @property
    def refusal(self) -> StoreError | None:
        """Why nothing is written any more, or None."""
        return self._refusal

    @property
    def waiting(self) -> int:
        """How many requests are queued."""
        return self._queue.qsize()

    def close(self) -> None:
        """Commit what has queued up, then stop."""
        with self._closing:
            self._closed = True
            self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while items := self._take():
            # From here on nobody can cancel: what is recorded is also acknowledged.
            wanted = [item for item in items if item[1].set_running_or_notify_cancel()]
            try:
                if wanted:
                    self._commit(wanted)
            except Exception as e:  # whatever it was, nobody may wait for ever
                _fail(wanted, e)
            if self._queue.qsize():
                # Not a linger: the interpreter's lock is passed on once, so that those just answered
                # can ask again and share the next commit with those who queued up during the last.
                time.sleep(0)

    def _take(self) -> list[Item]:
        """Return the next batch; a request for stream ``keys`` comes alone. Empty: closed."""
        first = self._put_back or self._queue.get()
        self._put_back = None
        if first is None:
            return []
        items, size = [first], first[0].size
        while size < self._max_batch and KEYS not in items[0][0].streams:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                break
            if item is None:
                self._queue.put(None)
                break
            if KEYS in item[0].streams:
                self._put_back = item
                break
            items.append(item)
            size += item[0].size
        return items

    def _commit(self, items: Sequence[Item]) -> None:
        if self._refusal is not None:
            # A new one each time: who waits adds a traceback to what it raises.
            raise ReadOnly(str(self._refusal)) from self._refusal
        batch = Batch(
            [request for request, _ in items], origin=self._origin, signer=self._signer, now=self._clock()
        )
        batch.guess(self._recent.guesses(batch.streams))
        try:
            head, outcomes = self._write(batch)
            self._recent.moved(head, batch.heads)
        except CommitInDoubt as e:
            # Nothing is remembered: others may have appended between that commit and the look.
            head, outcomes = self._look(batch, e)
        for (_, future), outcome in zip(items, outcomes, strict=True):
            _resolve(future, outcome)
        self.commits.announce(head.size)

    def _write(self, batch: Batch) -> tuple[Head, list[Outcome]]:
        try:
            return self._attempt(batch, one_by_one=False)
        except RowRefused:
            # Somebody in the batch broke a constraint: a savepoint each, so only they fail.
            pass
        try:
            return self._attempt(batch, one_by_one=True)
        except RowRefused as e:
            raise StoreError(f"the log is damaged, run `tallystick log fsck`: {e}", fatal=True) from e

    def _attempt(self, batch: Batch, *, one_by_one: bool) -> tuple[Head, list[Outcome]]:
        with self._store.transaction() as tx:
            head = tx.head()
            keyring = self._current_keyring(tx, head)
            batch.lock(head, self._recent.certain(head, batch.streams, tx))
            new = batch.apply(tx, one_by_one=one_by_one)
            keyring = advance(keyring, batch.key_rows)
            if new.size > head.size:
                # A key has one life without gaps, and begins it at leaf 0 or before this batch:
                # who may sign the last of these entries may sign them all.
                self._check_own_key(keyring, new.size - 1)
            outcomes = batch.outcomes(tx)
        self._keyring = keyring
        return new, outcomes

    def _current_keyring(self, tx: Transaction, head: Head) -> Keyring:
        known = self._keyring
        return known if known and known.position == head.keys_position else load_keyring(tx)

    def _check_own_key(self, keyring: Keyring, position: int) -> None:
        try:
            valid(keyring, self._keyid, position)
        except IntegrityError as e:
            raise ReadOnly(f"recorder key {self._keyid} may not sign: {e}; enrol another one") from e

    def _look(self, batch: Batch, doubt: CommitInDoubt) -> tuple[Head, list[Outcome]]:
        """Return what a commit in doubt came to, by looking under the lock."""
        try:
            with self._store.transaction() as tx:
                # The lock first: while it is held, no late commit can change the answer.
                return tx.head(), batch.found(tx, doubt)
        except LedgerError as e:
            raise StoreError(
                f"{doubt}; and looking for the entries: {e}. Whether they are recorded is unknown: "
                "send the same request with the same idempotency key again",
                fatal=True,
            ) from e


def _resolve(future: Future[Receipt], outcome: Outcome) -> None:
    if isinstance(outcome, Receipt):
        future.set_result(outcome)
    else:
        future.set_exception(outcome)


def _fail(items: Sequence[Item], error: Exception) -> None:
    for _, future in items:
        if not future.done():
            future.set_exception(error)
