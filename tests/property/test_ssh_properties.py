"""Laws of OpenSSH keys and signatures: one spelling, and no changed character goes unnoticed."""

from __future__ import annotations

import string
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.attestation import parse_decision
from ledger.errors import IntegrityError
from ledger.signer import Ed25519Signer
from ledger.sshkey import parse_ssh_public_key, ssh_public_key
from ledger.sshsig import encode_ssh_signature, parse_ssh_signature, sign_ssh, verify_ssh
from ledger.sshwire import pack, unpack

SIGNER = Ed25519Signer(b"\x31" * 32)
SIGNED = sign_ssh(b"message", "tallystick/keys@v1", SIGNER)
LINE = ssh_public_key(SIGNER.public_key)
NAMESPACES = st.text(string.ascii_lowercase + "/@0", min_size=1, max_size=30)


@given(st.binary(max_size=300), NAMESPACES, st.binary(min_size=32, max_size=32))
def test_what_is_signed_verifies_and_has_one_spelling(message: bytes, namespace: str, seed: bytes) -> None:
    signer = Ed25519Signer(seed)
    armored = sign_ssh(message, namespace, signer)
    verify_ssh(message, namespace, armored, signer.public_key, "test")
    assert encode_ssh_signature(parse_ssh_signature(armored, "test")) == armored


@given(st.integers(0, len(SIGNED) - 1), st.characters(codec="utf-8"))
def test_a_signature_with_any_character_changed_is_refused(index: int, character: str) -> None:
    changed = SIGNED[:index] + character + SIGNED[index + 1 :]
    if changed != SIGNED:
        with pytest.raises(IntegrityError, match=r"^entry 3.*: expected"):
            verify_ssh(b"message", "tallystick/keys@v1", changed, SIGNER.public_key, "entry 3")


@given(st.text(max_size=400))
def test_any_text_is_a_signature_or_refused(text: str) -> None:
    armored = f"-----BEGIN SSH SIGNATURE-----\n{text}\n-----END SSH SIGNATURE-----\n"
    for candidate in (text, armored):
        with suppress(IntegrityError):
            assert encode_ssh_signature(parse_ssh_signature(candidate, "entry 3")) == candidate


@given(st.integers(0, len(LINE) - 1), st.characters(codec="utf-8"))
def test_a_public_line_with_any_character_changed_is_another_key_or_refused(
    index: int, character: str
) -> None:
    changed = LINE[:index] + character + LINE[index + 1 :]
    try:
        assert ssh_public_key(parse_ssh_public_key(changed)) == changed
    except IntegrityError:
        assert changed != LINE


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_packed_strings_unpack_again(strings: list[bytes]) -> None:
    assert unpack(pack(*strings), len(strings), "test") == tuple(strings)


@given(st.binary(max_size=60), st.integers(0, 4))
def test_any_bytes_are_packed_strings_or_refused(data: bytes, count: int) -> None:
    with suppress(IntegrityError):
        assert pack(*unpack(data, count, "entry 3")) == data


@given(st.text(max_size=400))
def test_any_text_is_a_decision_or_refused(text: str) -> None:
    with pytest.raises(IntegrityError, match=r"^entry 3"):
        parse_decision(text, "entry 3")
