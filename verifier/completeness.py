"""Step 6: the streams of an export were not cut, as far as a heads fact claims to know (design 4, "Heads").

A heads fact states, as one hash, the newest entry of every stream among the first m entries of the log. Each
stream of the export must end there with exactly that entry. What was recorded later nobody can tell from the
export, and whether the fact tells the truth only from the whole log; the report says both.
"""

from __future__ import annotations

import msgspec

from domain.facts import Fact
from domain.heads_facts import HeadsRecorded
from domain.recorded import UnknownFact
from ledger.completeness import Completeness, parse_completeness
from ledger.errors import IntegrityError
from ledger.exportlayout import COMPLETENESS
from ledger.heads import STREAM as HEADS
from ledger.heads import ProvenHead, verify_head
from verifier.container import Accepted
from verifier.errors import NotThere
from verifier.layouts import MAX_COMPLETENESS
from verifier.report import Complete
from verifier.steps import Step
from verifier.tally import Tally


class _Seen(msgspec.Struct):
    """What an export has of a stream: its first position, the entry proven as a head, and the next one."""

    first: int
    leaf: str | None = None
    position: int | None = None
    after: int | None = None


class Heads:
    """Fed with every entry that holds; then says how far the streams are complete."""

    def __init__(self, source: Accepted, tally: Tally) -> None:
        self._tally = tally
        self._claimed = _claimed(source, tally)
        self._heads = {head.record.stream: head for head in self._claimed.streams} if self._claimed else {}
        self._seen: dict[str, _Seen] = {}
        self._newest: tuple[int, HeadsRecorded] | None = None

    def add(self, stream: str, version: int, position: int, leaf: bytes) -> None:
        """Note an entry that holds, after those before it in its stream."""
        seen = self._seen.setdefault(stream, _Seen(position))
        head = self._heads.get(stream)
        if head is not None and version == head.record.version:
            seen.leaf, seen.position = leaf.hex(), position
        elif seen.position is not None and seen.after is None:
            seen.after = position

    def note(self, stream: str, position: int, fact: Fact | UnknownFact) -> None:
        """Note what a fact says: the newest of stream `HEADS` is the one that counts."""
        if stream == HEADS and isinstance(fact, HeadsRecorded):
            self._newest = (position, fact)

    def check(self) -> Complete | None:
        """Return how far every stream is complete, None where that does not hold or cannot be told."""
        if self._claimed is None:
            return None
        if not self._tally.is_complete(Step.CHAINS):
            # Of a stream with an entry that was refused nobody can say where it ends.
            self._tally.cut_short(Step.COMPLETENESS)
            return None
        with self._tally.collecting("completeness"):
            position, fact = self._fact(self._claimed)
            for stream in sorted(self._seen.keys() | self._heads.keys()):
                self._check_stream(stream, fact)
                self._tally.checked(Step.COMPLETENESS)
            return Complete(fact.size, position)
        return None

    def _fact(self, claimed: Completeness) -> tuple[int, HeadsRecorded]:
        if self._newest is None or self._newest[0] != claimed.heads:
            newest = "none" if self._newest is None else f"entry {self._newest[0]}"
            raise IntegrityError(
                f"{COMPLETENESS}, heads", f"the newest heads fact here: {newest}", claimed.heads
            )
        position, fact = self._newest
        if fact.size > position:
            raise IntegrityError(f"entry {position}, size", f"at most {position}", fact.size)
        return position, fact

    def _check_stream(self, stream: str, fact: HeadsRecorded) -> None:
        place, head, seen = f"{COMPLETENESS}, {stream}", self._heads.get(stream), self._seen.get(stream)
        if seen is None:
            raise IntegrityError(place, "a stream of this export", "another")
        if head is None:
            if seen.first < fact.size:
                raise IntegrityError(place, f"a head, for entry {seen.first} is one of its", "none")
            return
        verify_head(head, fact.streams, bytes.fromhex(fact.root))
        _check_end(head, seen, fact.size, stream)


def _check_end(head: ProvenHead, seen: _Seen, size: int, stream: str) -> None:
    """Return when the stream goes on to the proven head, and not further among the first ``size`` entries."""
    place, version = f"stream {stream}, version {head.record.version}", head.record.version
    if seen.leaf != head.record.leaf:
        raise IntegrityError(
            place, f"leaf {head.record.leaf}", seen.leaf or "no such entry: the stream was cut"
        )
    if seen.position is not None and seen.position >= size:
        raise IntegrityError(place, f"one of the first {size} entries", f"entry {seen.position}")
    if seen.after is not None and seen.after < size:
        raise IntegrityError(place, f"the newest among {size} entries", f"version {version + 1} among them")


def _claimed(source: Accepted, tally: Tally) -> Completeness | None:
    tally.checked(Step.COMPLETENESS, 0)
    with tally.collecting("completeness"):
        try:
            return parse_completeness(source.read(COMPLETENESS, MAX_COMPLETENESS), COMPLETENESS)
        except NotThere:
            tally.gap("completeness", COMPLETENESS, "not in the export: its streams may have been cut")
    return None
