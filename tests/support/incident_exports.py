"""Exports of incidents from a real home, and a second opinion on what they hold."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from application.engine import Engine
from application.exportfiles import ExportFiles
from application.exporting import heads_stated, material
from application.exporttarget import whole_or_absent
from application.exportwish import IncidentExported, Wish
from application.incident_export import export_incident
from application.steps import run
from domain.facts import decode
from domain.heads_facts import HeadsRecorded
from ledger.completeness import parse_completeness
from ledger.dsse import parse_envelope
from ledger.event import parse_event
from ledger.heads import STREAM as HEADS
from ledger.heads import HeadRecord, verify_head
from ledger.merkle import leaf_hash
from ledger.note import parse_vkey
from ledger.proof import parse_proof, verify_proof
from tests.support.exports import content
from tests.support.use_cases import publish

Files = dict[str, bytes]


def prepare(engine: Engine, home: Path) -> None:
    """State the heads and publish, as everybody does who exports."""
    run(heads_stated(engine))
    publish(engine, home)


def exported(engine: Engine, home: Path, out: Path, incident: str, **wish: Any) -> Files:
    """Return the files of an export made now."""
    prepare(engine, home)
    # What a test throws away need not be on the disk.
    export_incident(material(engine), Wish(incident=incident, **wish), ExportFiles(out, durable=False))
    return content(out)


def export_again(engine: Engine, out: Path, incident: str, **wish: Any) -> IncidentExported:
    """Export at the checkpoint that is published already."""
    with whole_or_absent(out) as files:
        return export_incident(material(engine), Wish(incident=incident, **wish), files)


class Read:
    """An export as a stranger reads it, who knows the log's key and nothing else; every step may fail."""

    def __init__(self, files: Files, vkey: str) -> None:
        self.files, self.vkey = files, parse_vkey(vkey)
        sums = {line[66:]: line[:64] for line in files["SHA256SUMS"].decode().splitlines()}
        assert sums == {p: hashlib.sha256(d).hexdigest() for p, d in files.items() if p != "SHA256SUMS"}
        names = [path[8:-6] for path in files if path.startswith("streams/") and path.endswith(".jsonl")]
        self.streams = {name: self._lines(f"streams/{name}.jsonl") for name in names}
        self.positions = {name: [int(n) for n in self._lines(f"streams/{name}.idx")] for name in self.streams}
        self.events = {
            name: [parse_event(parse_envelope(line, name).payload, name) for line in lines]
            for name, lines in self.streams.items()
        }
        self._check_streams()
        self._check_completeness()

    def _lines(self, path: str) -> list[bytes]:
        *lines, end = self.files[path].split(b"\n")
        assert end == b""
        return lines

    def _check_streams(self) -> None:
        proofs = {path for path in self.files if path.startswith("proofs/")}
        for name, lines in self.streams.items():
            events, positions = self.events[name], self.positions[name]
            assert [event.subject for event in events] == [name] * len(positions)
            assert [event.streamversion for event in events] == list(range(1, len(lines) + 1))
            for line, position in zip(lines, positions, strict=True):
                path = f"proofs/{position}.tlog-proof"
                proof = parse_proof(self.files[path])
                assert (proof.index, proof.checkpoint) == (position, self.files["checkpoint"])
                self.size = verify_proof(proof, leaf_hash(line), self.vkey).size
                proofs.remove(path)
        assert not proofs

    def _check_completeness(self) -> None:
        stated = parse_completeness(self.files["completeness.json"])
        event = self.events[HEADS][self.positions[HEADS].index(stated.heads)]
        fact = decode(event.type, event.data)
        assert isinstance(fact, HeadsRecorded)
        self.heads = fact
        for head in stated.streams:
            verify_head(head, self.heads.streams, bytes.fromhex(self.heads.root))
        assert [head.record for head in stated.streams] == self._newest(self.heads.size)

    def _newest(self, size: int) -> list[HeadRecord]:
        found = []
        for name in sorted(self.streams):
            below = [v for v, position in enumerate(self.positions[name], 1) if position < size]
            if below:
                leaf = leaf_hash(self.streams[name][below[-1] - 1]).hex()
                found.append(HeadRecord(name, below[-1], leaf))
        return found
