"""One group commit: which requests of it hold under the lock, and the rows they become."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ledger.append import AppendRequest, Receipt
from ledger.chain import Chained, chain
from ledger.errors import CommitInDoubt, IdempotencyReused, RowRefused, StoreError
from ledger.growth import settle
from ledger.keyfacts import STREAM as KEYS
from ledger.signer import Signer
from ledger.sourceoffset import Advance, advance, reposition
from ledger.store.contract import EMPTY_HEAD, Head, Row, StreamHead, Transaction

Outcome = Receipt | Exception


class _Place(msgspec.Struct, frozen=True):
    """Where the entries of a request are: ``count`` rows from position ``first`` on."""

    first: int
    count: int
    replayed: bool = False


class Batch:
    """Requests that are committed together. Each is whole, or refused alone."""

    def __init__(self, requests: Sequence[AppendRequest], *, origin: str, signer: Signer, now: str) -> None:
        self._requests = requests
        self._origin, self._signer, self._now = origin, signer, now
        self._guesses: list[Chained | None] = [None] * len(requests)
        self._results: list[_Place | Exception] = []
        self._rows: list[Row] = []
        self._head = EMPTY_HEAD
        self.heads: dict[str, StreamHead] = {}

    @property
    def streams(self) -> tuple[str, ...]:
        """The streams that its requests write to, each once."""
        return tuple(dict.fromkeys(stream for request in self._requests for stream in request.streams))

    @property
    def key_rows(self) -> tuple[Row, ...]:
        """The rows of stream ``keys`` that it inserted."""
        return tuple(row for row in self._rows if row.stream == KEYS)

    def guess(self, heads: Mapping[str, StreamHead]) -> None:
        """Chain and sign every request on top of guessed heads; what fails is left for later."""
        guessed = dict(heads)
        for i, request in enumerate(self._requests):
            try:
                self._guesses[i] = self._chain(request, guessed)
            except Exception:  # said under the lock, where it is this request's alone
                self._guesses[i] = None

    def lock(self, head: Head, heads: Mapping[str, StreamHead]) -> None:
        """Start over from the real head and the real heads of its streams."""
        self._head, self.heads = head, dict(heads)
        self._results, self._rows = [], []

    def apply(self, tx: Transaction, *, one_by_one: bool) -> Head:
        """Insert everything that holds and return the new head; raises `RowRefused`.

        With ``one_by_one`` each request has a savepoint, and a refused row fails its own
        request only.
        """
        head = self._head
        for i, request in enumerate(self._requests):
            try:
                self._results.append(self._place(tx, i, request, one_by_one=one_by_one))
            except RowRefused as e:
                if not one_by_one:
                    raise
                self._results.append(e)
            except StoreError:
                raise
            except Exception as e:  # whatever it was, the others in the batch have no part in it
                self._results.append(e)
        if not one_by_one:
            tx.insert_rows(self._rows)
        return settle(tx, head, self._rows) if self._rows else head

    def outcomes(self, tx: Transaction) -> list[Outcome]:
        """Return a receipt or an error for each request, in order."""
        return [self._outcome(result, tx) for result in self._results]

    def found(self, tx: Transaction, doubt: CommitInDoubt) -> list[Outcome]:
        """Return the outcomes if the entries of a commit in doubt are there, else why they are not."""
        # A commit is whole or absent, so one of its entries speaks for all. Without entries
        # nobody can tell, and a request that wrote no entry can be repeated.
        if not self._rows or tx.find(self._rows[0].event_id) is None:
            return [doubt.cause] * len(self._requests)
        return self.outcomes(tx)

    def _place(self, tx: Transaction, i: int, request: AppendRequest, *, one_by_one: bool) -> _Place:
        if (earlier := self._earlier(tx, request)) is not None:
            return earlier
        before = {stream: self.heads[stream] for stream in request.streams}
        chained = self._rechained(i, request)
        first = self._head.size + len(self._rows)
        rows = [link.row(first + k) for k, link in enumerate(chained.links)]
        try:
            self._insert(tx, request, first, rows, one_by_one=one_by_one)
        except BaseException:
            self.heads.update(before)
            raise
        self._rows += rows
        return _Place(first, len(rows))

    def _earlier(self, tx: Transaction, request: AppendRequest) -> _Place | None:
        """Return the place of an earlier request with the same idempotency key and body."""
        command = request.command
        found = command and tx.command(command.principal, command.key)
        if command is None or found is None:
            return None
        if found.request_hash != command.request_hash:
            raise IdempotencyReused(command.key)
        return _Place(found.first, found.count, replayed=True)

    def _rechained(self, i: int, request: AppendRequest) -> Chained:
        guess = self._guesses[i]
        if guess is None or not guess.fits(self.heads):
            return self._chain(request, self.heads)
        self.heads.update({link.event.subject: link.head() for link in guess.links})
        return guess

    def _chain(self, request: AppendRequest, heads: dict[str, StreamHead]) -> Chained:
        return chain(request, heads, origin=self._origin, signer=self._signer, now=self._now)

    def _insert(
        self, tx: Transaction, request: AppendRequest, first: int, rows: Sequence[Row], *, one_by_one: bool
    ) -> None:
        if not one_by_one:
            self._insert_beside(tx, request, first, len(rows))
            return
        with tx.savepoint():
            tx.insert_rows(rows)
            self._insert_beside(tx, request, first, len(rows))

    def _insert_beside(self, tx: Transaction, request: AppendRequest, first: int, count: int) -> None:
        if request.command is not None:
            placed = msgspec.structs.replace(request.command, first=first, count=count)
            tx.insert_command(placed, self._now)
        if request.tracking is not None:
            tx.advance_tracking(request.tracking)
        for step in request.advances:
            if isinstance(step, Advance):
                advance(tx, step)
            else:
                reposition(tx, step.partition, step.topic_id, step.offset)

    def _outcome(self, result: _Place | Exception, tx: Transaction) -> Outcome:
        if not isinstance(result, _Place):
            return result
        return Receipt(tuple(self._rows_at(result, tx)), result.replayed)

    def _rows_at(self, place: _Place, tx: Transaction) -> Iterable[Row]:
        offset = place.first - self._head.size
        if offset >= 0:
            return self._rows[offset : offset + place.count]
        return tx.rows(place.first, place.count)
