"""Whether everything that entries name is still held: sealed values, blobs, policies (design section 3).

In the live store a missing value that no erasure explains is *lost*. Found by its shape in the plain data of
any event, so that facts of types which this program does not know are looked after too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from application.blobs import Blobs
from application.references import Ref, references_in
from application.unsealing import states
from application.vault import Vault
from ledger.canonical import Json
from ledger.disclosure import State
from ledger.errors import IntegrityError
from ledger.event import Event
from ledger.finding import Finding, finding
from ledger.keyfacts import STREAM as KEYS
from ledger.references import POLICY
from ledger.store.contract import Reader, Row
from ledger.store.rows import open_row

BATCH = 500
Progress = Callable[[int, int], None]


class Named(msgspec.Struct, frozen=True):
    """A reference, and the entry that names it."""

    position: int
    stream: str
    ref: Ref


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """A value that an entry commits to and the store does not hold, or not as it was."""

    position: int
    stream: str
    c: str
    kid: str
    state: State


def check_holdings(
    store: Reader, vault: Vault, blobs: Blobs, end: int, progress: Progress
) -> Iterator[Lost | Finding]:
    """Yield what the first ``end`` entries name and the store does not hold, in log order."""
    first, policies = 0, set[str]()
    while rows := store.rows(first, min(BATCH, end - first)):
        events = [(row, event) for row in rows if (event := _event(row)) is not None]
        yield from _values(events, vault, blobs)
        for _, event in events:
            policies.update(_policies(event.data))
        first += len(rows)
        progress(first, end)
    yield from _missing_policies(policies, blobs)


def _event(row: Row) -> Event | None:
    try:
        # What does not hold by itself is found by `ledger.fsck`, entry by entry.
        return None if row.stream == KEYS else open_row(row)[1]
    except IntegrityError:
        return None


def _values(events: Sequence[tuple[Row, Event]], vault: Vault, blobs: Blobs) -> Iterator[Lost]:
    named = [
        Named(row.position, row.stream, ref) for row, event in events for ref in references_in(event.data)
    ]
    found = states([item.ref for item in named], vault, blobs)
    for item in named:
        if (state := found[item.ref.c]) in (State.LOST, State.BROKEN):
            yield Lost(
                position=item.position, stream=item.stream, c=item.ref.c, kid=item.ref.kid, state=state
            )


def _policies(data: Json) -> Iterator[str]:
    if isinstance(data, dict):
        for name, value in data.items():
            if name == POLICY and isinstance(value, str):
                yield value
            yield from _policies(value)


def _missing_policies(policies: Iterable[str], blobs: Blobs) -> Iterator[Finding]:
    for sha256 in sorted(policies):
        try:
            blobs.get(sha256)
        except IntegrityError as e:
            yield finding("policy", e)
