"""Which past is meant: the facts of a stream as of a version, a recorded time or a size, and their texts."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

import msgspec

from application.engine import Engine
from application.reading import RecordedFact
from application.unsealing import open_values
from domain.moment import timestamp
from domain.prose import BlobRef, SealedRef, texts
from domain.recorded import UnknownFact
from domain.streams import is_incident
from ledger.canonical import Json
from projections.placeholder import mentioned, short
from projections.told import Known, words
from projections.until import until


class At(msgspec.Struct, frozen=True, kw_only=True):
    """Which past: up to a ``version`` of the stream, a recorded ``time``, or a ``size`` of the log."""

    version: int | None = None
    time: str | None = None
    size: int | None = None


NOW = At()


def past_facts(engine: Engine, stream: str, at: At) -> tuple[RecordedFact, ...]:
    """Return the facts of an incident's stream as of a moment; none where it is no incident's."""
    if not is_incident(stream):
        return ()
    facts = until(engine.remembered.facts(stream), at.version, at.time)
    return facts if at.size is None else tuple(item for item in facts if item.position < at.size)


def as_of(engine: Engine, facts: tuple[RecordedFact, ...], at: At) -> str:
    """Return the recorded time at which ``facts`` are judged, none of them being later.

    What is asked for as of a version is judged as of its last fact, so that it is the same for ever; the
    present is now. A time that has not come yet is now.
    """
    last = facts[-1].recordedtime
    if at.time is None and (at.version is not None or at.size is not None):
        return last
    now = max(timestamp(engine.clock()), last)
    return now if at.time is None else min(at.time, now)


def disclosed(engine: Engine, facts: Iterable[RecordedFact]) -> Mapping[str, str]:
    """Return the texts sealed in ``facts``, by the short commitment that a placeholder names."""
    return opened_texts(engine, (item.fact for item in facts if not isinstance(item.fact, UnknownFact)))


def opened_texts(engine: Engine, values: Iterable[object]) -> Mapping[str, str]:
    """Return the texts sealed in ``values``, by the short commitment that a placeholder names."""
    return {c: value for c, value in _opened(engine, values).items() if isinstance(value, str)}


def opened(engine: Engine, facts: Iterable[RecordedFact], wanted: Container[str] | None = None) -> Known:
    """Return the texts and lists of texts sealed in ``facts``; only the ``wanted`` commitments if given."""
    values = _opened(engine, (item.fact for item in facts if not isinstance(item.fact, UnknownFact)), wanted)
    known = {c: words(value) for c, value in values.items()}
    return {c: said for c, said in known.items() if said is not None}


def opened_in(engine: Engine, facts: Iterable[RecordedFact], *views: object) -> Known:
    """Return what was sealed in ``facts`` and has its place in one of ``views``; only that is opened."""
    return opened(engine, facts, mentioned(msgspec.json.encode(views).decode()))


def _opened(
    engine: Engine, values: Iterable[object], wanted: Container[str] | None = None
) -> Mapping[str, Json]:
    refs: list[SealedRef | BlobRef] = [
        ref
        for value in values
        for part in texts(value)
        if (ref := part.sealed or part.blob) is not None and (wanted is None or short(ref.c) in wanted)
    ]
    found = open_values(refs, engine.vault, engine.blobs)
    return {short(c): value for c, value in found.items()}
