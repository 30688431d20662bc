"""Peak memory and time of exporting and verifying an incident with much evidence; memory must stay flat."""

from __future__ import annotations

import os
import tempfile
from contextlib import closing
from pathlib import Path

from application.acting import ActRequest, act
from application.engine import Engine
from application.steps import run
from application.uploads import Upload
from benchmarks.homes import PERSON, new_home
from benchmarks.memory import peak
from benchmarks.table import Table
from domain.commands import Command
from domain.intake.commands import DeclareIncident, OpenIncident
from domain.rootcause.commands import CaptureEvidence
from ledger.append import Receipt
from tallystick.publishing import publish_now
from tallystick.settings import Settings
from tallystick.wiring import open_engine

SIZES = (1 << 20, 1 << 30)
PIECES = 4
MIB = 1 << 20


def measure() -> Table:
    """Return the section on bundles."""
    return Table(
        "Bundles",
        "An incident with evidence in four files, exported as a ZIP and verified; peak memory, resident, of the command's "
        "own process.",
        ("evidence", "export", "verify", "export takes", "verify takes"),
        [_row(size) for size in SIZES],
    )


def _row(size: int) -> tuple[str, ...]:
    with new_home() as settings, tempfile.TemporaryDirectory(prefix="bench-", dir=".") as folder:
        vkey = _fill(settings, size)
        target = Path(folder) / "incident.zip"
        exported = peak(settings, "export", "--incident", "INC-1", "--out", str(target))
        verified = peak(settings, "verify", str(target), "--log-key", vkey)
    return f"{size // MIB:,} MiB", exported[0], verified[0], exported[1], verified[1]


def _fill(settings: Settings, size: int) -> str:
    """Record an incident with that much evidence, and return the log's verifier key."""
    with open_engine(settings) as engine:
        opened = OpenIncident(title="Slow", environment="bench")
        stream = _asked(engine, opened, None).rows[0].stream
        _asked(engine, DeclareIncident(rationale="Measured, not guessed."), stream)
        for number in range(PIECES):
            with closing(Upload(engine.spools)) as arriving:
                for _ in range(size // PIECES // MIB or 1):
                    arriving.write(os.urandom(min(MIB, size // PIECES)))
                blob = arriving.keep(stream, engine.vault, engine.blobs)
            _asked(engine, CaptureEvidence(kind="log", title=f"Log {number}", blob=blob), stream)
        publish_now(settings, engine)
        return engine.vkey


def _asked(engine: Engine, command: Command, stream: str | None) -> Receipt:
    outcome = run(act(engine, ActRequest(command=command, stream=stream, principal=PERSON)))
    if not isinstance(outcome, Receipt):
        raise SystemExit(f"{command}: {outcome}")
    return outcome
