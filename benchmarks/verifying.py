"""The verifier against bare Ed25519 verification, on one core."""

from __future__ import annotations

import tempfile
from pathlib import Path

from application.export import export_ledger
from benchmarks.homes import filled
from benchmarks.measure import rate, ratio, shown
from benchmarks.table import Table
from ledger.dsse import PAYLOAD_TYPE, pae, parse_envelope
from ledger.keyring import valid
from ledger.keystream import load_keyring
from ledger.note import parse_vkey
from ledger.signer import verify_signature
from verifier.source import Directory
from verifier.verify import verify

EVENTS = 5_000


def measure() -> Table:
    """Return the section on verifying."""
    with filled(EVENTS) as (_, engine), tempfile.TemporaryDirectory(prefix="bench-", dir=".") as folder:
        rows = engine.store.rows(0, EVENTS)
        keyring = load_keyring(engine.store)
        key = valid(keyring, parse_envelope(rows[-1].envelope, "x").keyid, rows[-1].position)
        messages = [
            (pae(PAYLOAD_TYPE, envelope.payload), envelope.signature)
            for envelope in (parse_envelope(row.envelope, "x") for row in rows)
        ]

        def check() -> None:
            for message, signature in messages:
                verify_signature(key, message, signature, "benchmark")

        bare = rate(len(rows), check)
        target = Path(folder) / "export"
        newest = engine.store.newest_publication()
        if newest is None:
            raise SystemExit("nothing is published")
        export_ledger(engine.store, engine.blobs, target, checkpoint=newest, vkey=engine.vkey)
        size = engine.store.head().size
        whole = rate(size, lambda: verify(Directory(target), log_keys=(parse_vkey(engine.vkey),)))
    return Table(
        "Verifying",
        "Events a second on one core: everything the verifier does (container, tree, parsing, keyring, signatures, "
        "chains, blobs, artifacts) against Ed25519 verification alone. Aim: 0.8.",
        ("case", "events a second", "ratio"),
        [("Ed25519 alone", shown(bare), "1.00"), ("tallystick verify", shown(whole), ratio(whole, bare))],
    )
