"""Signing keys: what signs, key files, key URIs."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.durable import create_durably
from ledger.errors import IntegrityError, KeyUnavailable
from ledger.keyfile import create_key_file
from ledger.keyuri import open_signer
from ledger.signer import Ed25519Signer, keyid, verify_signature

SEED = bytes(range(32))


def _key_file(path: Path, text: str, mode: int = 0o600) -> str:
    path.write_text(text)
    path.chmod(mode)
    return f"file:{path}"


def test_a_signature_verifies_with_another_implementation_and_is_deterministic() -> None:
    signer = Ed25519Signer(SEED)
    Ed25519PublicKey.from_public_bytes(signer.public_key).verify(signer.sign(b"m"), b"m")
    assert signer.sign(b"m") == Ed25519Signer(SEED).sign(b"m")


def test_the_first_vector_of_rfc_8032_holds() -> None:
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    signer = Ed25519Signer(seed)
    assert signer.public_key.hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert signer.sign(b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b"
    )


def test_a_key_is_named_by_the_hash_of_its_raw_bytes() -> None:
    public_key = Ed25519Signer(SEED).public_key
    assert keyid(public_key) == "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c"


@pytest.mark.parametrize(
    ("key", "message", "signature"),
    [
        (Ed25519Signer(SEED).public_key, b"other", Ed25519Signer(SEED).sign(b"m")),
        (Ed25519Signer(b"\x00" * 32).public_key, b"m", Ed25519Signer(SEED).sign(b"m")),
        (Ed25519Signer(SEED).public_key, b"m", b"short"),
        (b"short", b"m", Ed25519Signer(SEED).sign(b"m")),
    ],
    ids=["another message", "another key", "no signature", "no key"],
)
def test_what_does_not_verify_is_named(key: bytes, message: bytes, signature: bytes) -> None:
    with pytest.raises(IntegrityError, match=f"^entry 7: expected an Ed25519 signature by key {keyid(key)}"):
        verify_signature(key, message, signature, "entry 7")
    with pytest.raises((InvalidSignature, ValueError)):
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)


def test_a_created_key_file_is_private_and_opens_as_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "recorder.key"
    made = create_key_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text()) == 65
    assert open_signer(f"file:{path}").public_key == made.public_key
    assert made.sign(b"m") == open_signer(f"file:{path}").sign(b"m")
    assert list(tmp_path.iterdir()) == [path]


def test_two_created_keys_differ(tmp_path: Path) -> None:
    assert create_key_file(tmp_path / "a").public_key != create_key_file(tmp_path / "b").public_key


def test_an_existing_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "recorder.key"
    create_key_file(path)
    before = path.read_bytes()
    with pytest.raises(KeyUnavailable, match="the file exists, and a key is never overwritten"):
        create_key_file(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_whole_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disk_full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(OSError, match="No space left"):
        create_durably(tmp_path / "key", b"secret")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_durable_before_it_has_its_name_and_its_name_before_it_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, synced = tmp_path / "key", list[tuple[bool, bool]]()

    def watched(descriptor: int) -> None:
        synced.append((stat.S_ISDIR(os.fstat(descriptor).st_mode), target.exists()))

    monkeypatch.setattr(os, "fsync", watched)
    create_durably(target, b"secret")
    assert synced == [(False, False), (True, True)]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o601, 0o777])
def test_a_key_that_others_may_touch_is_refused(tmp_path: Path, mode: int) -> None:
    uri = _key_file(tmp_path / "key", SEED.hex() + "\n", mode)
    with pytest.raises(KeyUnavailable, match=f"expected mode 0600 or stricter, found {mode:04o}; run chmod"):
        open_signer(uri)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_private_key_file_opens(tmp_path: Path, mode: int) -> None:
    uri = _key_file(tmp_path / "key", SEED.hex() + "\n", mode)
    assert open_signer(uri).public_key == Ed25519Signer(SEED).public_key


@pytest.mark.parametrize(
    "text",
    ["", "\n", SEED.hex()[:-1] + "\n", SEED.hex().upper() + "\n", SEED.hex() + "\n\n", "zz" * 32 + "\n"],
)
def test_a_key_file_with_another_text_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    with pytest.raises(KeyUnavailable, match="expected 64 lower-case hexadecimal") as caught:
        open_signer(_key_file(tmp_path / "key", text))
    assert len(text) < 60 or text.strip() not in str(caught.value)


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyUnavailable, match=r"key file:.*/absent: No such file or directory"):
        open_signer(f"file:{tmp_path / 'absent'}")


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path, make: object) -> None:
    assert callable(make)
    make(tmp_path / "key")
    with pytest.raises(KeyUnavailable, match=r"expected a regular file|Is a directory"):
        open_signer(f"file:{tmp_path / 'key'}")


def test_a_key_in_a_variable_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_KEY", SEED.hex())
    assert open_signer("env:LOG_KEY").public_key == Ed25519Signer(SEED).public_key


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOG_KEY", raising=False)
    with pytest.raises(KeyUnavailable, match="key env:LOG_KEY: the environment variable is not set"):
        open_signer("env:LOG_KEY")


@pytest.mark.parametrize("uri", ["", "file:", "env:", "pkcs11:", "vault:key", SEED.hex()])
def test_another_uri_is_refused(uri: str) -> None:
    with pytest.raises(KeyUnavailable, match=r"expected file:PATH, env:NAME or pkcs11:"):
        open_signer(uri)


@pytest.mark.parametrize("uri", [SEED.hex(), f"seed:{SEED.hex()}"])
def test_a_secret_given_in_place_of_a_uri_is_not_repeated(uri: str) -> None:
    with pytest.raises(KeyUnavailable) as caught:
        open_signer(uri)
    assert SEED.hex() not in str(caught.value)


def test_without_the_extra_a_device_is_refused_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ledger.hsm", None)
    with pytest.raises(KeyUnavailable, match=r"install tallystick with the extra \[pkcs11\]"):
        open_signer("pkcs11:token=t;object=k?module-path=/m.so")


def test_a_signer_does_not_show_its_seed() -> None:
    assert SEED.hex() not in repr(Ed25519Signer(SEED))
