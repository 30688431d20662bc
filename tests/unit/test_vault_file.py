"""The vault file and its master key: private, and clear about what is wrong with them."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from application import vault_file
from application.local_blobs import LocalBlobs
from application.masterkey import create_master_key_file, open_master_key
from application.sealing import seal_facts
from application.vault import Vault
from domain.prose import SealedRef, prose
from ledger.errors import KeyUnavailable, StoreError
from tests.support.vaults import MASTER, OTHER_MASTER, STREAM, Example

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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


def test_a_vault_does_not_open_with_another_master_key(vault: Vault) -> None:
    with pytest.raises(KeyUnavailable, match=r"vault\.db was made with, found another"):
        Vault(vault.path, OTHER_MASTER)


def test_a_vault_of_a_later_version_is_not_touched(vault: Vault) -> None:
    vault.change(lambda db: db.execute("PRAGMA user_version = 2"))
    with pytest.raises(StoreError, match="expected version 1 or older, found 2"):
        Vault(vault.path, MASTER)


def test_the_vault_is_nobody_elses_business(vault: Vault, blobs: LocalBlobs) -> None:
    sealed(vault, blobs, "a")
    files = [p for p in vault.path.parent.iterdir() if p.name.startswith("vault.db")]
    assert len(files) == 3
    assert {stat.S_IMODE(p.stat().st_mode) for p in files} == {0o600}
    assert stat.S_IMODE(vault.path.parent.stat().st_mode) == 0o700


def test_a_vault_file_that_others_could_read_is_closed_to_them(vault: Vault) -> None:
    vault.close()
    vault.path.chmod(0o644)
    Vault(vault.path, MASTER).close()
    assert stat.S_IMODE(vault.path.stat().st_mode) == 0o600


def test_a_vault_file_is_private_from_its_first_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []
    path = tmp_path / "vault.db"
    monkeypatch.setattr(
        vault_file, "sync_directory", lambda _: modes.append(stat.S_IMODE(path.stat().st_mode))
    )
    Vault(tmp_path / "vault.db", MASTER).close()
    assert modes == [0o600]


def test_a_master_key_is_found_by_uri(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = create_master_key_file(tmp_path / "master.key")
    assert open_master_key(f"file:{tmp_path / 'master.key'}") == key
    monkeypatch.setenv("MASTER_OF_TEST", MASTER.hex())
    assert open_master_key("env:MASTER_OF_TEST") == MASTER
    with pytest.raises(KeyUnavailable, match="never overwritten"):
        create_master_key_file(tmp_path / "master.key")


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("env:NOT_SET_ANYWHERE", "not set"),
        ("env:BAD_MASTER_OF_TEST", "64 lower-case hexadecimal"),
        ("file:", "expected file:PATH or env:NAME"),
        ("pkcs11:token=x", "expected file:PATH or env:NAME"),
        ("5ec4e7", "without a scheme"),
        ("file:/nowhere/at/all", "No such file"),
    ],
)
def test_a_master_key_that_cannot_be_had_is_a_clear_error(
    monkeypatch: pytest.MonkeyPatch, uri: str, why: str
) -> None:
    monkeypatch.setenv("BAD_MASTER_OF_TEST", "5ec4e7")
    with pytest.raises(KeyUnavailable, match=why) as raised:
        open_master_key(uri)
    assert "5ec4e7" not in str(raised.value)


def test_a_master_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    create_master_key_file(path)
    path.chmod(0o640)
    with pytest.raises(KeyUnavailable, match="chmod 600"):
        open_master_key(f"file:{path}")
