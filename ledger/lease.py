"""One at a time, by lease and fencing epoch: who takes over raises the epoch, who lost it notices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ledger.errors import StoreError


class LeaseLost(StoreError):
    """Somebody else holds the lease now; stop what it guards."""


class LeaseTable(Protocol):
    """The row of a lease, under the transaction's lock."""

    def lease(self, name: str) -> tuple[str, int, float] | None:
        """Return holder, epoch and expiry (seconds) of a lease, None when nobody ever had it."""

    def set_lease(self, name: str, holder: str, epoch: int, expires_at: float) -> None:
        """Replace the row of a lease."""


class Lease:
    """A lease named ``name`` as seen by ``holder``; ``clock`` is in seconds, the same for all holders."""

    def __init__(self, name: str, holder: str, *, clock: Callable[[], float], ttl_s: float = 10.0) -> None:
        self.name, self.holder = name, holder
        self._clock, self._ttl_s = clock, ttl_s
        self.epoch = 0

    def acquire(self, table: LeaseTable) -> bool:
        """Take or renew the lease; return whether we hold it. A new holder raises the epoch."""
        now = self._clock()
        holder, epoch, expires_at = table.lease(self.name) or ("", 0, 0.0)
        if holder != self.holder and expires_at > now:
            return False
        self.epoch = epoch if holder == self.holder and self.epoch == epoch else epoch + 1
        table.set_lease(self.name, self.holder, self.epoch, now + self._ttl_s)
        return True

    def check(self, table: LeaseTable) -> None:
        """Return when we still hold the lease; raise `LeaseLost` when the epoch has moved on."""
        found = table.lease(self.name)
        if found is None or found[:2] != (self.holder, self.epoch):
            raise LeaseLost(f"lease {self.name}: expected {self.holder} at epoch {self.epoch}, found {found}")

    def release(self, table: LeaseTable) -> None:
        """Let the next holder in at once."""
        found = table.lease(self.name)
        if found is not None and found[:2] == (self.holder, self.epoch):
            table.set_lease(self.name, self.holder, self.epoch, 0.0)
