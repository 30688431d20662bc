"""Exports of one incident made by hand from the entries of a log, so that forgers can change any part."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from domain.facts import encode, type_name
from domain.heads_facts import HeadsRecorded
from ledger.canonical import Json
from ledger.completeness import Completeness, encode_completeness
from ledger.exportlayout import (
    CHECKPOINT,
    COMPLETENESS,
    HELP,
    VKEY,
    positions_path,
    proof_path,
    stream_path,
)
from ledger.heads import STREAM as HEADS
from ledger.heads import HeadRecord, heads_tree
from ledger.merkle import leaf_hash
from tests.support.exports import INCIDENT
from tests.support.forging import Content, ForgedLog, artifacts_of, event_of, with_sums
from tests.support.logs import MemoryLog


def records(entries: Sequence[bytes]) -> list[HeadRecord]:
    """Return the newest entry of every stream, in the order of the streams."""
    newest = {}
    for entry in entries:
        event = event_of(entry)
        newest[event.subject] = HeadRecord(event.subject, event.streamversion, leaf_hash(entry).hex())
    return [newest[stream] for stream in sorted(newest)]


def record_heads(log: ForgedLog, over: int | None = None, **changes: object) -> None:
    """Add a heads fact over everything so far, or ``over`` entries; ``changes`` replace what it says."""
    tree = heads_tree(records(log.entries[:over]))
    said: dict[str, object] = {"size": len(log.entries), "streams": tree.streams, "root": tree.root.hex()}
    fact = HeadsRecorded(**{**said, **changes})  # type: ignore[arg-type] # forgers break types too
    log.add(HEADS, encode(fact), kind=type_name(fact))


def incident_log(facts: Mapping[str, Sequence[Mapping[str, Json]]] | None = None) -> ForgedLog:
    """Return a log with an incident of unknown facts, an alert, another stream, and a heads fact."""
    log = ForgedLog()
    for stream, datas in (
        facts or {"alert-1": [{}], INCIDENT: [{}, {}], "alert-2": [{}], "people": [{}]}
    ).items():
        for data in datas:
            log.add(stream, dict(data))
    record_heads(log)
    return log


def streams_of(log: ForgedLog, streams: Collection[str]) -> Content:
    """Return the lists of entries and of positions of these streams, and a proof for each entry."""
    proofs, files = MemoryLog(log.entries, log.origin), dict[str, bytes]()
    for position, entry in enumerate(log.entries):
        stream = event_of(entry).subject
        if stream in streams:
            for path, line in ((stream_path(stream), entry), (positions_path(stream), b"%d" % position)):
                files[path] = files.get(path, b"") + line + b"\n"
            files[proof_path(position)] = proofs.proof(position)
    return files


def completeness_of(log: ForgedLog, streams: Collection[str], over: int | None = None) -> bytes:
    """Return what shows that none of the streams was cut, by the newest heads fact and what it is over."""
    (position,) = [n for n, entry in enumerate(log.entries) if event_of(entry).subject == HEADS][-1:]
    covered = log.entries[: over or int(str(event_of(log.entries[position]).data["size"]))]
    return encode_completeness(Completeness(position, heads_tree(records(covered), streams).proven))


def incident_content(
    log: ForgedLog,
    streams: Collection[str] = ("keys", "heads", "people", "alert-1", INCIDENT),
    over: int | None = None,
) -> Content:
    """Return the export of an incident: these streams of the log, proven and complete."""
    files = streams_of(log, streams)
    return with_sums(
        {
            **files,
            **{
                path: data
                for path, data in artifacts_of(log.entries).items()
                if path.split("/")[1] in streams
            },
            CHECKPOINT: MemoryLog(log.entries, log.origin).checkpoint(),
            COMPLETENESS: completeness_of(log, streams, over),
            VKEY: f"{MemoryLog(log.entries, log.origin).vkey}\n".encode(),
            HELP: b"# How to check this incident\n",
        }
    )
