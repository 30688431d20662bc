"""Several processes and threads share a vault, one of them is killed: keys stay single, promises are kept."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import msgspec
import pytest

from application.datakey import DataKey
from application.datakeys import DataKeyMoved
from application.local_blobs import LocalBlobs
from application.sealing import join, seal_facts, seal_value
from application.unsealing import open_values
from application.vault import Row, Vault
from domain.prose import BlobRef, Prose, SealedRef, prose
from tests.support.vaults import MASTER, STREAM, Example, contents, seal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from tests.support.processes import Children


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    opened = Vault(tmp_path / "vault.db", MASTER)
    yield opened
    opened.close()


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


def test_two_threads_seal_under_one_key_and_it_is_stored_once(vault: Vault) -> None:
    one, first = seal(vault, "one")
    two, second = seal(vault, "two")
    assert first.keys == second.keys
    vault.put(second.rows, second.keys)
    vault.put(first.rows, first.keys)
    assert contents(vault.path) == (1, 2)
    assert {ref.kid for ref in one + two} == {first.keys[0].kid}


def test_a_process_that_was_second_with_a_streams_key_seals_again(vault: Vault, blobs: LocalBlobs) -> None:
    other = Vault(vault.path, MASTER)
    _, early = seal(vault, "early")
    _, late = seal(other, "late")
    vault.put(early.rows, early.keys)
    with pytest.raises(DataKeyMoved, match=f"data key of stream {STREAM}"):
        other.put(late.rows, late.keys)
    assert contents(vault.path) == (1, 1)
    _, again = seal(other, "late")
    other.put(again.rows, again.keys)
    assert again.keys[0].kid == early.keys[0].kid
    other.close()


def put_late(monkeypatch: pytest.MonkeyPatch, vault: Vault, meanwhile: Callable[[], None]) -> None:
    """Let ``meanwhile`` happen between sealing and storing, each time."""
    put = vault.put

    def late(rows: Sequence[Row], keys: Collection[DataKey]) -> None:
        meanwhile()
        put(rows, keys)

    monkeypatch.setattr(vault, "put", late)


def test_sealing_facts_survives_the_race_for_a_key(
    vault: Vault, blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Vault(vault.path, MASTER)
    _, rival = seal(other, "rival")
    put_late(monkeypatch, vault, lambda: other.put(rival.rows, rival.keys))
    (fact,) = seal_facts([(STREAM, Example(code="x", title=prose("late")))], vault, blobs)
    assert fact.title.sealed is not None
    assert fact.title.sealed.kid == rival.keys[0].kid
    assert open_values([fact.title.sealed], vault, blobs) == {fact.title.c: "late"}
    assert contents(vault.path) == (1, 2)
    other.close()


def test_sealing_facts_gives_up_on_a_race_that_never_ends(
    vault: Vault, blobs: LocalBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile() -> None:
        erase(vault)
        other = Vault(vault.path, MASTER)
        _, rival = seal(other, "rival")
        other.put(rival.rows, rival.keys)
        other.close()

    put_late(monkeypatch, vault, meanwhile)
    with pytest.raises(DataKeyMoved):
        seal_facts([(STREAM, Example(code="x", title=prose("late")))], vault, blobs)


def erase(vault: Vault) -> None:
    """Delete every row and every data key."""
    vault.change(lambda db: db.execute("DELETE FROM sealed"))
    vault.change(lambda db: db.execute("DELETE FROM data_key"))


@pytest.mark.req("R-CMP-05")
def test_a_data_key_that_was_erased_never_comes_back(vault: Vault) -> None:
    refs, pending = seal(vault, "before")
    vault.put(pending.rows, pending.keys)
    _, late = seal(vault, "sealed before the erasure, put after it")
    erase(vault)
    with pytest.raises(DataKeyMoved):
        vault.put(late.rows, late.keys)
    assert contents(vault.path) == (0, 0)
    fresh, pending = seal(vault, "after")
    vault.put(pending.rows, pending.keys)
    assert fresh[0].kid != refs[0].kid


def test_a_forgotten_fresh_key_is_made_anew(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("application.datakeys.FRESH_LIMIT", 1)
    _, pending = seal(vault, "sealed")
    vault.data_key("incident-other")
    with pytest.raises(DataKeyMoved):
        vault.put(pending.rows, pending.keys)
    _, pending = seal(vault, "sealed again")
    vault.put(pending.rows, pending.keys)


def test_a_fresh_key_stays_until_it_is_stored_however_many_others_are_used(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("application.datakeys.CACHE_LIMIT", 1)
    parts = [seal_value("sealed", f"alert-{n}", vault)[1] for n in range(20)]
    pending = join(parts)
    vault.put(pending.rows, pending.keys)
    assert contents(vault.path) == (20, 20)
    assert {vault.data_key(f"alert-{n}").kid for n in range(20)} == {key.kid for key in pending.keys}


def test_one_more_attempt_is_enough_however_many_keys_have_moved(vault: Vault) -> None:
    other = Vault(vault.path, MASTER)
    streams = [f"alert-{n}" for n in range(20)]
    ours = join([seal_value("ours", stream, vault)[1] for stream in streams])
    theirs = join([seal_value("theirs", stream, other)[1] for stream in streams])
    other.put(theirs.rows, theirs.keys)
    with pytest.raises(DataKeyMoved):
        vault.put(ours.rows, ours.keys)
    again = join([seal_value("ours", stream, vault)[1] for stream in streams])
    vault.put(again.rows, again.keys)
    assert contents(vault.path) == (20, 40)
    other.close()


@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.11, 0.27])
def test_every_acknowledged_row_and_blob_is_there_after_sigkill(
    tmp_path: Path, children: Children, seconds: float
) -> None:
    home = tmp_path / "killed"
    child = children.start(sys.executable, "-m", "tests.support.putter", home)
    deadline = time.monotonic() + 30
    while child.output().count("\n") < 20 and time.monotonic() < deadline:
        assert child.process.poll() is None, child.output()
        time.sleep(0.005)
    time.sleep(seconds)
    child.kill()
    # A last line without its line feed was still being said, so nobody had heard it.
    said = [line.split("\t") for line in child.output().rpartition("\n")[0].splitlines()]
    assert len(said) >= 20
    promised = {prose.c: (ref, value) for prose, ref, value in map(_promise, said)}
    vault, blobs = Vault(home / "vault.db", MASTER), LocalBlobs(home / "blobs")
    found = open_values([ref for ref, _ in promised.values()], vault, blobs)
    assert found == {c: value for c, (_, value) in promised.items()}
    assert vault.select("PRAGMA integrity_check") == [("ok",)]
    vault.close()


def _promise(line: list[str]) -> tuple[Prose, SealedRef | BlobRef, str]:
    found = msgspec.json.decode(line[0], type=Prose)
    ref = found.sealed or found.blob
    assert ref is not None
    return found, ref, line[1]
