"""A publisher killed between each pair of its steps: the same bytes again, and never two roots for a size."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import pytest

from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.lastcheckpoint import LastCheckpoint
from tests.support.ledgers import LOG, ORIGIN, check_log, new_ledger, note, open_publisher

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ledger.store.sqlite import SqliteStore
    from ledger.writer import Writer
    from tests.support.processes import Children

STEPS = ("promises", "head", "prove", "intend", "sign", "insert", "publish", "published")
PROMISED = STEPS[STEPS.index("sign") :]  # killed here, the size is promised outside


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[tuple[SqliteStore, Writer]]:
    """Open a log with a published checkpoint of size 301 and entries beyond it."""
    store, writer = new_ledger(tmp_path)
    writer.append(note("s", 300))
    assert open_publisher(store, tmp_path, holder="dying").publish() is not None
    writer.append(note("s", 300))
    yield store, writer
    writer.close()
    check_log(store)
    store.close()


def kill_at(step: str, children: Children, folder: Path) -> None:
    child = children.start(sys.executable, "-m", "tests.support.dying_publisher", str(folder), step)
    assert child.wait() == -signal.SIGKILL, child.output()


def test_these_are_all_the_steps_there_are(ledger: tuple[SqliteStore, Writer], tmp_path: Path) -> None:
    store, _ = ledger
    steps: list[str] = []
    assert open_publisher(store, tmp_path, holder="dying", at_step=steps.append).publish() is not None
    assert steps == list(STEPS)


@pytest.mark.parametrize("step", STEPS)
def test_who_takes_over_from_a_killed_publisher_gets_the_same_bytes(
    ledger: tuple[SqliteStore, Writer], tmp_path: Path, children: Children, step: str
) -> None:
    store, _ = ledger
    undisturbed = sign_checkpoint(Checkpoint(origin=ORIGIN, size=601, root=store.head().root), LOG)
    kill_at(step, children, tmp_path)
    # The killed one's lease is still running: nobody else publishes yet.
    before = store.newest_publication()
    assert open_publisher(store, tmp_path, holder="next", now=9.0).publish() == before
    published = open_publisher(store, tmp_path, holder="next", now=11.0).publish()
    assert published is not None
    assert (published.size, published.note) == (601, undisturbed)
    assert [signed.size for signed in store.checkpoints()] == [301, 601]
    assert store.newest_publication() == published


@pytest.mark.parametrize("step", STEPS)
def test_who_takes_over_when_the_log_has_grown_keeps_what_was_promised(
    ledger: tuple[SqliteStore, Writer], tmp_path: Path, children: Children, step: str
) -> None:
    store, writer = ledger
    root = store.head().root
    kill_at(step, children, tmp_path)
    promised = LastCheckpoint(tmp_path / "last-checkpoint").read()
    assert promised is not None
    before = next(store.checkpoints()).root
    assert (promised.size, promised.root) == ((601, root) if step in PROMISED else (301, before))
    writer.append(note("s", 100))
    published = open_publisher(store, tmp_path, holder="next", now=11.0).publish()
    assert published is not None
    assert published.size == 701
    roots = {signed.size: signed.root for signed in store.checkpoints()}
    # Signed or not, whatever stands at the promised size has the promised root.
    assert roots.pop(601, root) == root
    assert list(roots) == [301, 701]
