"""Evidence is read again and compared before anything rests on it, on a real store (R-GATE-51, R-GATE-56)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from application.blobs import blob_name
from application.comparing import compare_evidence
from application.engine import Engine
from application.steps import run
from domain.intake.commands import DeclareIncident
from domain.rootcause.commands import ArchiveEvidence, CaptureEvidence
from domain.rootcause.facts import EvidenceVerified
from tests.support.playing import ALICE, BOB
from tests.support.stories import in_process, standing
from tests.support.use_cases import ask, do, history, open_home, open_one

WORDS = CaptureEvidence(kind="log", title="A log", content="02:10 the pool is exhausted")
LONG = CaptureEvidence(kind="log", title="A long log", content="02:10 the pool is exhausted\n" * 400)
FAR = CaptureEvidence(kind="log", title="Elsewhere", uri="https://logs.example/1")


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    with open_home(home) as opened:
        yield opened


@pytest.fixture
def stream(engine: Engine) -> str:
    stream = open_one(engine)
    do(engine, DeclareIncident(rationale="A third of payments fail."), stream)
    for command in (WORDS, LONG, FAR):
        do(engine, command, stream)
    return stream


def compared(engine: Engine, stream: str) -> dict[str, str]:
    """Return what a comparison puts on record."""
    before = len(history(engine, stream))
    run(compare_evidence(engine, stream))
    facts: list[Any] = [item.fact for item in history(engine, stream)[before:]]
    assert all(isinstance(fact, EvidenceVerified) for fact in facts)
    return {fact.evidence_id: fact.found for fact in facts}


@pytest.mark.req("R-GATE-51", "R-STO-04")
def test_what_is_kept_is_compared_and_on_record_once(engine: Engine, stream: str) -> None:
    assert compared(engine, stream) == {"ev1": "ok", "ev2": "ok"}
    assert compared(engine, stream) == {}


@pytest.mark.req("R-GATE-56", "R-STO-04")
@pytest.mark.parametrize(("damage", "found"), [(b"other bytes", "damaged"), (None, "missing")])
def test_a_file_that_changed_or_is_gone_is_on_record(
    engine: Engine, stream: str, home: Path, damage: bytes | None, found: str
) -> None:
    assert compared(engine, stream)["ev2"] == "ok"
    content = engine.states.incident(stream).state.rootcause.evidence["ev2"].fact.content
    assert content is not None
    assert content.blob is not None
    file = home / "blobs" / blob_name(content.blob.sha256)
    file.chmod(0o600)
    file.unlink() if damage is None else file.write_bytes(damage)
    assert compared(engine, stream) == {"ev2": found}


@pytest.mark.req("R-GATE-56")
def test_words_that_the_vault_lost_are_missing(engine: Engine, stream: str, home: Path) -> None:
    piece = engine.states.incident(stream).state.rootcause.evidence["ev1"].fact.content
    assert piece is not None
    assert piece.sealed is not None
    with closing(sqlite3.connect(home / "vault.db")) as vault, vault:
        vault.execute("DELETE FROM sealed WHERE c = ?", (piece.sealed.c,))
    assert compared(engine, stream)["ev1"] == "missing"


def test_an_incident_without_evidence_has_nothing_to_compare(engine: Engine) -> None:
    assert run(compare_evidence(engine, open_one(engine))) is None


@pytest.mark.req("R-GATE-51", "R-GATE-56", "R-TRN-13")
def test_evidence_is_read_again_before_it_is_archived(home: Path) -> None:
    with in_process(home, stepping=True) as world:
        story, cast = world.story(), world.cast()
        incident = standing(story, cast, "capturing_rca")
        for kind in ("log", "contributing_factor", "dashboard"):
            incident.do(cast.bob, "capture-evidence", kind=kind, title="A piece", content="It broke.")
        version = incident.view()["version"]
        incident.do(cast.alice, "archive-evidence", expected_version=version)
        assert incident.kinds[-4:] == ["evidence-verified"] * 3 + ["rca-evidence-archived"]


@pytest.mark.req("R-GATE-51", "R-WF-02")
def test_who_may_not_archive_has_nothing_read(engine: Engine, stream: str) -> None:
    before = len(history(engine, stream))
    for principal in (BOB, ALICE):
        ask(engine, ArchiveEvidence(), stream, principal=principal)
    assert len(history(engine, stream)) == before
