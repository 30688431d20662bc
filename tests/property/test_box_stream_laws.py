"""Laws of boxes made and opened piece by piece: the bytes of one made at once; any changed bit is noticed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.box import Boxed, open_box, seal_content
from application.box_stream import OVERHEAD, BoxMaker, unboxed
from application.spool import Spool
from ledger.disclosure import SALT_SIZE, Kind, commit
from ledger.errors import IntegrityError

KEY = st.binary(min_size=32, max_size=32)
CONTENT = st.binary(max_size=300)
CUTS = st.lists(st.integers(0, 400), max_size=8)


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    """Return the bytes in pieces, some of which may be empty."""
    return [data[first:end] for first, end in pairwise([0, *sorted(cuts), len(data) + 400])]


def in_turn(*drawn: bytes) -> Callable[[int], bytes]:
    values: Iterator[bytes] = iter(drawn)
    return lambda _: next(values)


@given(CONTENT, KEY, st.binary(min_size=32, max_size=32), st.binary(min_size=12, max_size=12), CUTS)
def test_a_box_made_in_pieces_is_the_box_made_at_once(
    content: bytes, key: bytes, salt: bytes, nonce: bytes, cuts: list[int]
) -> None:
    whole = seal_content(content, key, Kind.BLOB, in_turn(salt, nonce))
    maker = BoxMaker(key, commit(salt, content, Kind.BLOB), salt, in_turn(nonce))
    for _ in range(2):
        assert b"".join(maker.box(cut(content, cuts))) == whole.box
    assert len(whole.box) == len(content) + OVERHEAD


@given(CONTENT, KEY, CUTS)
def test_what_comes_out_in_pieces_is_what_went_in(content: bytes, key: bytes, cuts: list[int]) -> None:
    boxed = seal_content(content, key, Kind.BLOB)
    assert b"".join(unboxed(cut(boxed.box, cuts), key, boxed.c, "blob")) == content


@pytest.mark.req("R-STO-04")
@given(CONTENT, KEY, CUTS, st.integers(0), st.sampled_from(["c", "box", "key", "kind", "cut off", "longer"]))
def test_a_box_with_any_bit_changed_raises_before_its_end(
    content: bytes, key: bytes, cuts: list[int], at: int, part: str
) -> None:
    boxed = seal_content(content, key, Kind.SEALED if part == "kind" else Kind.BLOB)
    c, box = boxed.c, boxed.box
    match part:
        case "c":
            c = flipped(bytes.fromhex(c), at).hex()
        case "box":
            box = flipped(box, at)
        case "key":
            key = flipped(key, at)
        case "cut off":
            box = box[: at % len(box)]
        case "longer":
            box += b"\0"
    with pytest.raises(IntegrityError):
        list(unboxed(cut(box, cuts), key, c, "blob"))


def test_a_box_of_its_own_key_with_other_content_is_not_what_was_committed_to() -> None:
    key, salt = bytes(32), bytes(SALT_SIZE)
    c = commit(salt, b"what was said", Kind.BLOB)
    box = b"".join(BoxMaker(key, c, salt).box([b"something else"]))
    with pytest.raises(IntegrityError, match=f"expected content with commitment {c}"):
        list(unboxed([box], key, c, "blob"))
    with pytest.raises(IntegrityError, match="commitment"):
        open_box(Boxed(c, box), key, Kind.BLOB, "blob")


def test_every_byte_of_a_box_counts() -> None:
    key = bytes(32)
    boxed = seal_content(b"02:11 refused", key, Kind.BLOB)
    for at in range(len(boxed.box)):
        with pytest.raises(IntegrityError):
            list(unboxed([flipped(boxed.box, 8 * at)], key, boxed.c, "blob"))


@given(st.lists(st.binary(max_size=100), max_size=10))
def test_a_spool_gives_back_what_it_took_as_often_as_asked(pieces: list[bytes]) -> None:
    spool = Spool(Path(tempfile.gettempdir()))
    for piece in pieces:
        spool.write(piece)
    for _ in range(2):
        assert b"".join(spool.chunks()) == b"".join(pieces)
    assert spool.size == sum(map(len, pieces))
    spool.close()


def flipped(data: bytes, bit: int) -> bytes:
    at = bit % (8 * len(data))
    return data[: at // 8] + bytes([data[at // 8] ^ 1 << at % 8]) + data[at // 8 + 1 :]
