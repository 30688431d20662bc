"""Checkpoints open under the pinned key, for their own origin, in three lines."""

from __future__ import annotations

from base64 import b64encode

import pytest
from msgspec.structs import replace

from ledger.checkpoint import (
    Checkpoint,
    check_origin,
    encode_body,
    open_checkpoint,
    parse_body,
    peek_checkpoint,
    sign_checkpoint,
)
from ledger.errors import IntegrityError
from ledger.merkle import EMPTY_ROOT
from ledger.note import encode_note, log_vkey, sign_note
from tests.support.logs import LOG, ORIGIN, STRANGER, VKEY

ROOT = b"\x07" * 32
HEAD = Checkpoint(origin=ORIGIN, size=5, root=ROOT)
ROOT64 = b64encode(ROOT).decode()


@pytest.mark.parametrize("size", [1, 5, 2**53, 2**63 - 1])
def test_a_checkpoint_comes_back(size: int) -> None:
    head = replace(HEAD, size=size)
    assert parse_body(encode_body(head)) == head
    assert open_checkpoint(sign_checkpoint(head, LOG), VKEY) == head


def test_the_empty_log_has_a_checkpoint_too() -> None:
    head = Checkpoint(origin=ORIGIN, size=0, root=EMPTY_ROOT)
    assert open_checkpoint(sign_checkpoint(head, LOG), VKEY) == head
    with pytest.raises(
        IntegrityError, match=f"checkpoint, root: expected the empty tree's {EMPTY_ROOT.hex()}"
    ):
        parse_body(encode_body(replace(HEAD, size=0)))


def test_signing_twice_gives_the_same_bytes() -> None:
    assert sign_checkpoint(HEAD, LOG) == sign_checkpoint(HEAD, LOG)


@pytest.mark.parametrize(
    "head",
    [
        replace(HEAD, origin="Ledger.example"),
        replace(HEAD, origin="ledger.example\n6"),
        replace(HEAD, size=-1),
        replace(HEAD, size=2**63),
        replace(HEAD, size=0),
        replace(HEAD, root=b"short"),
    ],
)
def test_a_checkpoint_that_could_not_be_read_again_is_not_signed(head: Checkpoint) -> None:
    with pytest.raises(IntegrityError, match="checkpoint"):
        sign_checkpoint(head, LOG)


def test_extension_lines_are_counted() -> None:
    with pytest.raises(IntegrityError, match="the lines origin, size and root, found 4 lines"):
        parse_body(f"{ORIGIN}\n5\n{ROOT64}\nextension\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n\n",
        f"{ORIGIN}\n5\n{ROOT64}",
        f"{ORIGIN}\n5\n",
        f"{ORIGIN}\n5\n{ROOT64}\nextension\n",
        f"{ORIGIN}\n5\n{ROOT64}\n\n",
        f"\n{ORIGIN}\n5\n{ROOT64}\n",
        f"{ORIGIN}\r\n5\r\n{ROOT64}\r\n",
        f"{ORIGIN}\n05\n{ROOT64}\n",
        f"{ORIGIN}\n+5\n{ROOT64}\n",
        f"{ORIGIN}\n5.0\n{ROOT64}\n",
        f"{ORIGIN}\n-1\n{ROOT64}\n",
        f"{ORIGIN}\n\n{ROOT64}\n",
        f"{ORIGIN}\n{2**63}\n{ROOT64}\n",
        f"{ORIGIN}\n{'9' * 10_000}\n{ROOT64}\n",
        f"{ORIGIN}\n5\n{ROOT64[:-1]}\n",
        f"{ORIGIN}\n5\n{ROOT64[:-2]}d=\n",
        f"{ORIGIN}\n5\n{b64encode(ROOT[:31]).decode()}\n",
        f"{ORIGIN}\n5\n{b64encode(ROOT + b'x').decode()}\n",
        f"{ORIGIN}\n5\n{ROOT.hex()}\n",
        f"{ORIGIN} \n5\n{ROOT64}\n",
        f"{ORIGIN}\ud800\n5\n{ROOT64}\n",
        f"https://{ORIGIN}\n5\n{ROOT64}\n",
    ],
)
def test_anything_else_is_no_checkpoint(text: str) -> None:
    with pytest.raises(IntegrityError, match="checkpoint") as caught:
        parse_body(text)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "origin", ["a", "tallystick.invalid/abcdefghijklmnopqrstuvwxyz", "a.b-c/d_e~f/g.h", "x" * 128]
)
def test_an_origin_is_a_name_and_path_segments(origin: str) -> None:
    assert check_origin(origin) == origin


@pytest.mark.parametrize(
    "origin", ["", "/", "a/", "/a", "a//b", "A", "a b", "a+b", "a_b", "a\n", "ä", "a:8017", "x" * 129]
)
def test_anything_else_is_no_origin(origin: str) -> None:
    with pytest.raises(IntegrityError, match="origin: expected"):
        check_origin(origin)


def test_a_checkpoint_is_opened_with_the_pinned_key_only() -> None:
    signed = sign_checkpoint(HEAD, STRANGER)
    assert peek_checkpoint(signed) == HEAD
    with pytest.raises(IntegrityError, match="a signature by"):
        open_checkpoint(signed, VKEY)


def test_a_log_cannot_sign_for_another_origin() -> None:
    other = encode_body(replace(HEAD, origin="other.example"))
    signed = encode_note(sign_note(other, ORIGIN, LOG))
    with pytest.raises(IntegrityError, match=f"checkpoint, origin: expected {ORIGIN}, found other.example"):
        open_checkpoint(signed, VKEY)
    with pytest.raises(IntegrityError, match=r"a signature by 'other\.example'"):
        open_checkpoint(signed, log_vkey("other.example", LOG.public_key))


def test_a_signature_over_a_size_does_not_carry_over_to_another() -> None:
    signed = sign_checkpoint(HEAD, LOG)
    with pytest.raises(IntegrityError, match="note, signature by"):
        open_checkpoint(signed.replace(b"\n5\n", b"\n6\n"), VKEY)
