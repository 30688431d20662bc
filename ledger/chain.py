"""Chains and signs drafts onto their streams (design section 5, writer step 1).

Pure but for the signer: the position is not signed, the tree authenticates it, so this runs
before any lock is taken and is repeated only when a guess about a stream's head was wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

import msgspec

from ledger.append import AppendRequest, Draft
from ledger.dsse import seal
from ledger.errors import VersionConflict
from ledger.event import Event, encode_event, genesis
from ledger.merkle import leaf_hash
from ledger.signer import Signer
from ledger.store.contract import Row, StreamHead


class Link(msgspec.Struct, frozen=True):
    """A chained and signed entry that has no position yet."""

    event: Event
    leaf: bytes
    envelope: bytes

    def row(self, position: int) -> Row:
        """Return the row of this entry at ``position``."""
        event = self.event
        return Row(
            position,
            event.subject,
            event.streamversion,
            event.type,
            event.id,
            bytes.fromhex(event.prevhash),
            self.leaf,
            self.envelope,
        )

    def head(self) -> StreamHead:
        """Return what the stream's head is after this entry."""
        return StreamHead(self.event.streamversion, self.leaf.hex(), self.event.recordedtime)


class Chained(msgspec.Struct, frozen=True):
    """A request's entries and the heads they were chained onto; good while those still hold."""

    bases: dict[str, StreamHead]
    links: tuple[Link, ...]

    def fits(self, heads: Mapping[str, StreamHead]) -> bool:
        """Return whether every stream still has the head this was chained onto."""
        return all(heads[stream] == base for stream, base in self.bases.items())


def empty_stream(origin: str, stream: str) -> StreamHead:
    """Return the head of a stream that has no entries."""
    return StreamHead(0, genesis(origin, stream), "")


def chain(
    request: AppendRequest, heads: MutableMapping[str, StreamHead], *, origin: str, signer: Signer, now: str
) -> Chained:
    """Return the entries of ``request`` on top of ``heads``, and move ``heads`` to them.

    Raises `VersionConflict` when a stream is not where the request expects it, `EntryTooLarge`
    when an envelope would exceed 65,535 bytes; then ``heads`` are as before.
    """
    moved: dict[str, StreamHead] = {}
    links: list[Link] = []
    for part in request.parts:
        head = moved.get(part.stream, heads[part.stream])
        if part.expected is not None and part.expected != head.version:
            raise VersionConflict(part.stream, part.expected, head.version)
        for draft in part.drafts:
            link = _link(draft, part.stream, head, origin=origin, signer=signer, now=now)
            links.append(link)
            head = link.head()
        moved[part.stream] = head
    bases = {stream: heads[stream] for stream in moved}
    heads.update(moved)
    return Chained(bases, tuple(links))


def _link(draft: Draft, stream: str, head: StreamHead, *, origin: str, signer: Signer, now: str) -> Link:
    event = Event(
        id=draft.id,
        source=f"//{origin}",
        type=draft.type,
        subject=stream,
        streamversion=head.version + 1,
        prevhash=head.leaf,
        time=draft.time,
        # Never falls within a stream, whatever the clock does. A decision that read the time is recorded
        # as of that time, so that whoever repeats it from the record reads the same.
        recordedtime=max(draft.decidedtime or now, head.recordedtime),
        authtype=draft.authtype,
        authid=draft.authid,
        authroles=draft.authroles,
        correlationid=draft.correlationid,
        causationid=draft.causationid,
        data=draft.data,
    )
    envelope = seal(encode_event(event), signer)
    return Link(event, leaf_hash(envelope), envelope)
