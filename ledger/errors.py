"""What can go wrong in the ledger, told apart by who can act.

LedgerError
├── IntegrityError        the evidence does not hold                     (auditor)
├── AppendRefused         this request, and only this one, is refused    (caller)
│   ├── VersionConflict   the stream has moved on
│   ├── IdempotencyReused the key was used for another request
│   ├── EntryTooLarge     more than one entry can hold
│   ├── RowRefused        a constraint of the store says no
│   └── QueueFull         come back later
├── KeyUnavailable        a signing key cannot be reached                (operator)
└── StoreError            the store cannot serve                         (operator)
    ├── StoreBusy         locked by another process for too long
    ├── StoreFull         no room on the disk
    ├── CommitInDoubt     COMMIT failed: written or not, the next one under the lock sees
    └── ReadOnly          the restore guard, or a retired key, forbids writing
"""

from __future__ import annotations


class LedgerError(Exception):
    """The root of every error the ledger raises on purpose."""


class IntegrityError(LedgerError):
    """Bytes are not what they must be. Says place, expected and found, in that order."""

    def __init__(self, place: str, expected: object, found: object) -> None:
        super().__init__(f"{place}: expected {expected}, found {found}")
        self.place = place
        self.expected = str(expected)
        self.found = str(found)


class AppendRefused(LedgerError):
    """One append request was refused; nothing of it is in the log."""


class VersionConflict(AppendRefused):
    """The stream is not at the version the caller expected."""

    def __init__(self, stream: str, expected: int, found: int) -> None:
        super().__init__(f"stream {stream}: expected version {expected}, found {found}")
        self.stream = stream
        self.expected = expected
        self.found = found


class IdempotencyReused(AppendRefused):
    """The idempotency key already belongs to a request with another body."""

    def __init__(self, key: str) -> None:
        super().__init__(f"idempotency key {key!r}: already used for a request with another body")
        self.key = key


class EntryTooLarge(AppendRefused):
    """An envelope would not fit into one log entry (sizes in bytes)."""

    def __init__(self, place: str, size: int, limit: int) -> None:
        super().__init__(f"{place}: expected at most {limit} bytes, found {size}")
        self.size = size
        self.limit = limit


class RowRefused(AppendRefused):
    """A constraint of the store refused a row; the message is the store's own."""


class QueueFull(AppendRefused):
    """Too many requests are waiting; nothing was recorded."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"append queue: expected fewer than {limit} waiting requests, found {limit}")


class KeyUnavailable(LedgerError):
    """The key behind a URI cannot be opened or does not fit its use."""

    def __init__(self, uri: str, why: str) -> None:
        super().__init__(f"key {uri}: {why}")
        self.uri = uri


class StoreError(LedgerError):
    """The store cannot serve. ``fatal`` means its state is unknown: stop and recover."""

    def __init__(self, message: str, *, fatal: bool = False) -> None:
        super().__init__(message)
        self.fatal = fatal


class StoreBusy(StoreError):
    """Another process holds the database; nothing was written."""


class StoreFull(StoreError):
    """The disk is full; nothing was written."""


class CommitInDoubt(StoreError):
    """``COMMIT`` failed; only a look under the lock can tell whether the entries are there.

    ``cause`` is what it comes to when they are not.
    """

    def __init__(self, cause: StoreError) -> None:
        super().__init__(f"in doubt: {cause}")
        self.cause = cause


class ReadOnly(StoreError):
    """Writing is forbidden until an operator acts; the message says which way out there is."""
