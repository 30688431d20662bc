"""What forgers do: change an export and repair everything they can repair."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from application.reading import place
from ledger.bundle import decode_bundle
from ledger.canonical import Json
from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.dsse import parse_envelope, seal
from ledger.event import Event, encode_event, genesis, parse_event
from ledger.exportlayout import CHECKPOINT, HELP, SUMS, VKEY, artifact_path, sums_line
from ledger.keyfacts import KeyFact, to_data, type_name
from ledger.keyorders import opened
from ledger.merkle import leaf_hash
from ledger.note import format_vkey, log_vkey
from ledger.signer import Signer
from ledger.tile import bundles_of, tile_path, tiles_of
from tests.support.ledgers import LOG, ORIGIN, RECORDER, ROOT, new_id
from tests.support.logs import MemoryLog
from tests.support.rendered import all_rendered

Content = dict[str, bytes]


def with_sums(content: Mapping[str, bytes]) -> Content:
    """Return the files with a ``SHA256SUMS`` that fits them."""
    files = {path: data for path, data in content.items() if path != SUMS}
    lines = (sums_line(hashlib.sha256(files[path]).hexdigest(), path) for path in sorted(files))
    return {**files, SUMS: "".join(lines).encode()}


def entries_of(content: Mapping[str, bytes]) -> tuple[bytes, ...]:
    """Return the entries in the bundles."""
    paths = sorted(path for path in content if path.startswith("tile/entries/"))
    return tuple(entry for path in paths for entry in decode_bundle(content[path], path))


def with_entries(content: Mapping[str, bytes], entries: Sequence[bytes]) -> Content:
    """Return the files with other entries: tiles and sums fit, the checkpoint is still the old one."""
    log = MemoryLog(entries)
    others = {path: data for path, data in content.items() if not path.startswith("tile/")}
    tiles = {tile_path(tile): log.read(tile) for tile in (*tiles_of(log.size), *bundles_of(log.size))}
    return with_sums({**others, **tiles})


def signed_by(content: Mapping[str, bytes], signer: Signer, origin: str = ORIGIN) -> Content:
    """Return the files with a checkpoint and a label of ``signer`` that fit the entries."""
    log = MemoryLog(entries_of(content))
    head = Checkpoint(origin=origin, size=log.size, root=log.roots[-1])
    return with_sums(
        {
            **content,
            CHECKPOINT: sign_checkpoint(head, signer),
            VKEY: f"{format_vkey(log_vkey(origin, signer.public_key))}\n".encode(),
        }
    )


def artifacts_of(entries: Sequence[bytes]) -> Content:
    """Return every artifact that follows from the entries."""
    streams: dict[str, list[tuple[Event, int, bytes]]] = {}
    for position, entry in enumerate(entries):
        event = event_of(entry)
        if event.subject.startswith("incident-"):
            streams.setdefault(event.subject, []).append((event, position, entry))
    return {
        artifact_path(stream, path): derived
        for stream, items in streams.items()
        for path, derived in all_rendered([place(e, p, leaf_hash(b).hex()) for e, p, b in items]).items()
    }


def event_of(entry: bytes) -> Event:
    """Return what an entry says."""
    return parse_event(parse_envelope(entry, "entry").payload, "entry")


def rechained(events: Sequence[Event | bytes], recorder: Signer, origin: str) -> tuple[bytes, ...]:
    """Return entries of these events, each at the end of its stream and signed; bytes stay as they are."""
    heads: dict[str, tuple[int, str]] = {}
    entries: list[bytes] = []
    for item in events:
        if isinstance(item, bytes):
            entry, event = item, event_of(item)
        else:
            version, leaf = heads.get(item.subject, (0, genesis(origin, item.subject)))
            event = replace(item, streamversion=version + 1, prevhash=leaf)
            entry = seal(encode_event(event), recorder)
        heads[event.subject] = (event.streamversion, leaf_hash(entry).hex())
        entries.append(entry)
    return tuple(entries)


class ForgedLog:
    """A log whose keys the forger holds: entries as they like, everything else made to fit."""

    def __init__(self, origin: str = ORIGIN, recorder: Signer = RECORDER, log: Signer = LOG) -> None:
        self.origin, self.recorder, self.log = origin, recorder, log
        self.entries: list[bytes] = []
        self._heads: dict[str, tuple[int, str]] = {}
        self.order(
            opened(
                origin=origin,
                recorder=recorder.public_key,
                logkeys=[log.public_key],
                rootkeys=[ROOT.public_key],
            )
        )

    def head(self, stream: str) -> tuple[int, str]:
        """Return version and leaf of the newest entry of a stream."""
        return self._heads.get(stream, (0, genesis(self.origin, stream)))

    def order(self, fact: KeyFact, by: Signer | None = None, **changes: object) -> None:
        """Add a key fact."""
        self.add("keys", to_data(fact), kind=type_name(fact), by=by, **changes)

    def add(
        self,
        stream: str,
        data: Mapping[str, Json] | None = None,
        *,
        kind: str = "test.noted.v1",
        by: Signer | None = None,
        **changes: object,
    ) -> None:
        """Add an event at the end of a stream; ``changes`` replace its attributes."""
        version, leaf = self.head(stream)
        moment = f"2026-11-23T02:10:00.{len(self.entries):06}Z"
        attributes: dict[str, object] = {
            "id": new_id(),
            "source": f"//{self.origin}",
            "type": kind,
            "subject": stream,
            "streamversion": version + 1,
            "prevhash": leaf,
            "time": moment,
            "recordedtime": moment,
            "authtype": "system",
            "authid": "p-test",
            "data": dict(data or {"n": len(self.entries)}),
            **changes,
        }
        event = Event(**attributes)  # type: ignore[arg-type] # forgers break types too
        self.entries.append(seal(encode_event(event), by or self.recorder))
        self._heads[stream] = (event.streamversion, leaf_hash(self.entries[-1]).hex())

    def content(self) -> Content:
        """Return an export of it, signed, with every timeline that follows from its entries."""
        bare: Content = {HELP: b"# How to check this ledger\n", **artifacts_of(self.entries)}
        return signed_by(with_entries(bare, self.entries), self.log, self.origin)
