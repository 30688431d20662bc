"""Signs and publishes checkpoints of committed trees, one at a time by lease and epoch.

The writer never signs a tree: its transaction can roll back, a signature can't. The order of
a round is what makes a crash between any two of its steps harmless (design section 4):

1. read every promise held outside;
2. read the committed head, on our own connection;
3. prove from tiles that the last signed checkpoint is a prefix of it, and that it fulfils the
   promises (restore guard);
4. store the intended size and root outside the database, durably;
5. sign; 6. insert; 7. publish.

Ed25519 is deterministic, so whoever repeats a round after a crash gets the same bytes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias

from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.commits import Commits
from ledger.errors import IntegrityError, KeyUnavailable, LedgerError, ReadOnly, StoreError
from ledger.guard import Reference, References, check
from ledger.keyring import log_keys
from ledger.keystream import load_keyring
from ledger.lastcheckpoint import LastCheckpoint
from ledger.lease import Lease, LeaseTable
from ledger.merkle import HashReader, consistency_proof, root, verify_consistency
from ledger.note import format_vkey, log_vkey
from ledger.signer import Signer
from ledger.store.contract import Head, SignedCheckpoint, Store, Transaction
from ledger.tile import tile_reader

PUBLISH_INTERVAL_S = 1.0

Intended: TypeAlias = tuple[LastCheckpoint, Checkpoint | None]
"""A record outside and what it promised when the guard looked."""


class PublishingTransaction(Transaction, LeaseTable, Protocol):
    """What the publisher writes."""

    def insert_checkpoint(self, checkpoint: SignedCheckpoint) -> None:
        """Insert a signed checkpoint larger than every other."""

    def publish(self, size: int, published_at: str) -> None:
        """Make the checkpoint of ``size`` the one that is served."""


class PublishingStore(Store, Protocol):
    """A store that keeps checkpoints."""

    def transaction(self) -> AbstractContextManager[PublishingTransaction]:
        """Lock the head, as `Store.transaction`."""


def ignore_step(name: str) -> None:
    """Do nothing between two steps; tests kill the process here."""


class Publisher:
    """Publishes the committed head of one log."""

    def __init__(
        self,
        store: PublishingStore,
        signer: Signer,
        origin: str,
        *,
        intents: Sequence[LastCheckpoint],
        references: References,
        lease: Lease,
        clock: Callable[[], str],
        at_step: Callable[[str], None] = ignore_step,
        published: Commits | None = None,
    ) -> None:
        self._store, self._signer, self._origin = store, signer, origin
        self._intents, self._references, self._lease = tuple(intents), references, lease
        self._clock, self._at_step = clock, at_step
        self.published = published or Commits()
        self._keys_position = -1  # of the newest key fact under which our key was in force

    def publish(self) -> SignedCheckpoint | None:
        """Return the newest published checkpoint after one round; None while another process leads.

        Raises `ReadOnly` when the restore guard objects, `IntegrityError` when the tree does
        not contain what was signed before, `KeyUnavailable` when the key is out of reach or no
        longer in force. Nothing is signed then.
        """
        newest = self._round() if self._lead() else self._store.newest_publication()
        if newest is not None:
            self.published.announce(newest.size)
        return newest

    def _lead(self) -> bool:
        with self._store.transaction() as tx:
            return self._lease.acquire(tx)

    def _round(self) -> SignedCheckpoint | None:
        self._at_step("promises")
        # Before the head: what is promised after this may be of a longer log than the one we look at.
        intended = [(record, record.read()) for record in self._intents]
        held = self._held(intended)
        self._at_step("head")
        head, last = self._store.head(), self._store.newest_checkpoint()
        if head.size == 0:
            return None
        if last is None or head.size > last.size:
            self._check_key(head)
            self._at_step("prove")
            reader = tile_reader(self._store.read_tile, head.size)
            self._prove(head, last, reader)
            check(held, self._origin, head.size, reader)
            last = self._sign(Checkpoint(origin=self._origin, size=head.size, root=head.root), intended)
        self._show(last)
        return last

    def _check_key(self, head: Head) -> None:
        """Return when our key may sign a checkpoint of ``head``; raise `KeyUnavailable` otherwise."""
        if head.keys_position == self._keys_position:
            return
        ours = format_vkey(log_vkey(self._origin, self._signer.public_key))
        if ours not in log_keys(load_keyring(self._store), head.size):
            raise KeyUnavailable(ours, f"is no log key in force at size {head.size}")
        self._keys_position = head.keys_position

    def _held(self, intended: Sequence[Intended]) -> list[Reference]:
        """Return every promise outside, our own last intents included: they bind like signatures."""
        own = [Reference(f"the file {record.path.name}", found) for record, found in intended if found]
        return [*own, *self._references()]

    def _prove(self, head: Head, last: SignedCheckpoint | None, reader: HashReader) -> None:
        found = root(head.size, reader)
        if found != head.root:
            raise IntegrityError(
                f"head of size {head.size}", f"root {found.hex()} from tiles", head.root.hex()
            )
        if last is not None:
            path = consistency_proof(last.size, head.size, reader)
            place = f"checkpoint {last.size} to {head.size}"
            verify_consistency(last.size, last.root, head.size, head.root, path, place)

    def _sign(self, checkpoint: Checkpoint, intended: Sequence[Intended]) -> SignedCheckpoint:
        self._at_step("intend")
        # Outside first: if we crash after signing, whoever restores an old copy of the database
        # must find that this size was promised. Only in place of what the guard has compared: a
        # publisher that was stopped here while another went on must not make its promise smaller.
        for record, found in intended:
            record.replace(found, checkpoint)
        self._at_step("sign")
        note = sign_checkpoint(checkpoint, self._signer)
        signed = SignedCheckpoint(checkpoint.size, checkpoint.root, note, self._clock())
        self._at_step("insert")
        with self._store.transaction() as tx:
            self._lease.check(tx)
            tx.insert_checkpoint(signed)
        return signed

    def _show(self, signed: SignedCheckpoint) -> None:
        newest = self._store.newest_publication()
        if newest is not None and newest.size >= signed.size:
            return
        self._at_step("publish")
        with self._store.transaction() as tx:
            self._lease.check(tx)
            tx.publish(signed.size, self._clock())
        self._at_step("published")

    def behind(self) -> bool:
        """Return whether the committed head is larger than the newest published checkpoint."""
        newest = self._store.newest_publication()
        return self._store.head().size > (0 if newest is None else newest.size)

    def release(self) -> None:
        """Let another process publish at once."""
        with self._store.transaction() as tx:
            self._lease.release(tx)


class Rounds(Protocol):
    """What the loop asks of a publisher."""

    def publish(self) -> SignedCheckpoint | None:
        """Return the newest published checkpoint after one round."""

    def behind(self) -> bool:
        """Return whether there is something to publish."""


def run_publisher(
    publisher: Rounds,
    commits: Commits,
    stop: threading.Event,
    *,
    on_error: Callable[[LedgerError], None],
    interval_s: float = PUBLISH_INTERVAL_S,
) -> None:
    """Publish until ``stop``: at most once in ``interval_s``, at once after an idle interval.

    Every error goes to ``on_error``. What the guard or a proof refuses, or a store whose state is
    unknown, ends the loop, because it does not become right by itself; the rest is tried again.
    """
    seen = 0
    while not stop.is_set():
        try:
            newest = publisher.publish()
            seen = seen if newest is None else newest.size
            stop.wait(interval_s)
            while not (stop.is_set() or commits.wait_beyond(seen, interval_s) or publisher.behind()):
                # The time-out also finds what other processes have committed.
                continue
        except LedgerError as e:
            on_error(e)
            if isinstance(e, IntegrityError | ReadOnly) or (isinstance(e, StoreError) and e.fatal):
                return
            stop.wait(interval_s)
