"""The verifier against bare Ed25519 verification, on one core and on two."""

from __future__ import annotations

import tempfile
from functools import partial
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

EVENTS = 60_000
SAMPLE = 5_000  # whose signatures are checked alone


def measure() -> Table:
    """Return the section on verifying."""
    with filled(EVENTS) as (_, engine), tempfile.TemporaryDirectory(prefix="bench-", dir=".") as folder:
        rows = engine.store.rows(0, SAMPLE)
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
        vkey = parse_vkey(engine.vkey)
        one, two = (
            rate(size, partial(verify, Directory(target), log_keys=(vkey,), processes=processes))
            for processes in (1, 2)
        )
    return Table(
        "Verifying",
        "Events a second: everything the verifier does (container, tree, parsing, keyring, signatures, chains, blobs, "
        f"artifacts) with {EVENTS:,} events, against Ed25519 verification alone on one core. Aim: 0.8 on one core. With "
        "several processes, their start included, signatures beyond the first 16,384 are checked ahead.",
        ("case", "events a second", "ratio"),
        [
            ("Ed25519 alone", shown(bare), "1.00"),
            ("tallystick verify, one process", shown(one), ratio(one, bare)),
            ("tallystick verify, two processes", shown(two), ratio(two, bare)),
        ],
    )
