"""In which state a sealed field is, and that what somebody changed is never given out."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from application.local_blobs import LocalBlobs
from application.sealing import seal_bytes, seal_facts, store
from application.unsealing import open_content, open_values, states
from application.vault import Vault
from domain.prose import BlobRef, SealedRef, prose
from ledger.disclosure import (
    Disclosure,
    Kind,
    State,
    commit,
    state_of,
)
from ledger.errors import IntegrityError
from tests.support.vaults import MASTER, STREAM, Example

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PERSON = "p-0123456789"
SECRET = "Ada Lovelace called at 02:11"


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    opened = Vault(tmp_path / "home" / "vault.db", MASTER)
    yield opened
    opened.close()


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "home" / "blobs")


def sealed(vault: Vault, blobs: LocalBlobs, value: object, subject: str | None = None) -> SealedRef:
    """Return the reference to a small value that is in the vault."""
    (fact,) = seal_facts([(STREAM, Example(code="x", title=prose(value, subject)))], vault, blobs)
    assert fact.title.sealed is not None
    return fact.title.sealed


def stored_blob(vault: Vault, blobs: LocalBlobs, content: bytes) -> BlobRef:
    """Return the reference to bytes that are in the blob store."""
    found, pending = seal_bytes(content, STREAM, vault)
    store(pending, vault, blobs)
    assert found.blob is not None
    return found.blob


GIVEN = Disclosure(commit(bytes(32), b'"x"'), bytes(32), "x")
WRONG = Disclosure(GIVEN.c, bytes(32), "y")
OTHER = Disclosure(commit(bytes(32), b'"y"'), bytes(32), "y")


@pytest.mark.req("R-EVT-04", "R-CMP-31")
@pytest.mark.parametrize(
    ("disclosure", "erased", "state"),
    [
        (GIVEN, set(), State.DISCLOSED),
        (WRONG, set(), State.BROKEN),
        (OTHER, set(), State.BROKEN),
        (None, {"kid"}, State.ERASED),
        (None, {"another"}, State.WITHHELD),
        (None, set(), State.WITHHELD),
        # A copy from before the erasure still proves what it proved, and a false one is still false.
        (GIVEN, {"kid"}, State.DISCLOSED),
        (WRONG, {"kid"}, State.BROKEN),
    ],
)
def test_the_state_of_a_field_in_an_export(
    disclosure: Disclosure | None, erased: set[str], state: State
) -> None:
    assert state_of(GIVEN.c, "kid", disclosure, erased) is state


def test_a_field_is_not_disclosed_by_a_disclosure_of_the_other_kind() -> None:
    assert state_of(GIVEN.c, "kid", GIVEN, kind=Kind.BLOB) is State.BROKEN


@pytest.mark.req("R-EVT-04", "R-CMP-05")
def test_the_states_of_the_live_store(vault: Vault, blobs: LocalBlobs) -> None:
    here, hidden, gone = (sealed(vault, blobs, text) for text in ("a", "b", "c"))
    erased = sealed(vault, blobs, "d", PERSON)
    large, lost, rotten = (stored_blob(vault, blobs, text) for text in (b"e", b"f", b"g"))
    vault.change(lambda db: db.execute("DELETE FROM sealed WHERE c IN (?, ?)", (gone.c, erased.c)))
    blobs.delete(lost.sha256)
    path = blobs.root / "sha256" / rotten.sha256[:2] / rotten.sha256
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    found = states(
        [here, hidden, gone, erased, large, lost, rotten], vault, blobs, {erased.kid}, {hidden.c, gone.c}
    )
    assert list(found.values()) == [
        State.DISCLOSED,
        State.WITHHELD,
        State.LOST,
        State.ERASED,
        State.DISCLOSED,
        State.LOST,
        State.BROKEN,
    ]


def test_an_erased_field_stays_erased_while_its_row_is_still_being_deleted(
    vault: Vault, blobs: LocalBlobs
) -> None:
    ref = sealed(vault, blobs, "d", PERSON)
    assert states([ref], vault, blobs, erased={ref.kid}) == {ref.c: State.ERASED}


def test_a_row_without_its_data_key_is_lost(vault: Vault, blobs: LocalBlobs) -> None:
    ref, large = sealed(vault, blobs, "a"), stored_blob(vault, blobs, b"b")
    delete_key(vault, ref.kid)
    assert set(states([ref, large], vault, blobs).values()) == {State.LOST}
    with pytest.raises(IntegrityError, match="its data key, found none"):
        open_content(large, vault, blobs)


def delete_key(vault: Vault, kid: str) -> None:
    """Delete a key behind the vault's back, where no foreign key holds it."""
    connection = sqlite3.connect(vault.path, isolation_level=None)
    connection.execute("DELETE FROM data_key WHERE kid = ?", (kid,))
    connection.close()


CHANGES = [
    "UPDATE sealed SET box = zeroblob(length(box)) WHERE box IS NOT NULL",
    "UPDATE sealed SET box = substr(box, 1, length(box) - 1) WHERE box IS NOT NULL",
    "UPDATE sealed SET box = x'00' WHERE box IS NOT NULL",
    "UPDATE data_key SET wrapped = zeroblob(60)",
    "UPDATE data_key SET stream = 'incident-other'",
    "UPDATE data_key SET subject = 'p-other'",
]


@pytest.mark.parametrize("change", CHANGES)
def test_a_row_that_somebody_changed_is_broken_and_never_given_out(
    vault: Vault, blobs: LocalBlobs, change: str
) -> None:
    ref, other = sealed(vault, blobs, SECRET), stored_blob(vault, blobs, b"x")
    vault.change(lambda db: db.execute(change))
    assert states([ref], vault, blobs) == {ref.c: State.BROKEN}
    assert vault.open_many([ref.c]) == {}
    assert open_values([ref], vault, blobs) == {}
    with pytest.raises(IntegrityError):
        vault.open(ref.c)
    if "data_key" in change:
        assert states([other], vault, blobs) == {other.c: State.BROKEN}
        with pytest.raises(IntegrityError):
            open_content(other, vault, blobs)


def test_a_broken_data_key_seals_nothing_more(vault: Vault, blobs: LocalBlobs) -> None:
    sealed(vault, blobs, "a")
    vault.change(lambda db: db.execute("UPDATE data_key SET wrapped = zeroblob(60)"))
    again = Vault(vault.path, MASTER)
    with pytest.raises(IntegrityError, match="data key"):
        again.data_key(STREAM)
    again.close()


def test_boxes_that_changed_places_are_broken(vault: Vault, blobs: LocalBlobs) -> None:
    one, two = sealed(vault, blobs, "one"), sealed(vault, blobs, "two")
    box = "(SELECT box FROM sealed WHERE c = ?)"
    vault.change(lambda db: db.execute(f"UPDATE sealed SET box = {box} WHERE c = ?", (one.c, two.c)))
    assert states([one, two], vault, blobs) == {one.c: State.DISCLOSED, two.c: State.BROKEN}


def test_a_value_under_another_key_than_its_fact_says_is_broken(vault: Vault, blobs: LocalBlobs) -> None:
    ref = sealed(vault, blobs, "one")
    told = SealedRef(c=ref.c, kid="0" * 32)
    assert states([told], vault, blobs) == {ref.c: State.BROKEN}
