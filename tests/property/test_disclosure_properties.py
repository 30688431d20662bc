"""Laws of sealed values: sealing and opening is identity, and one changed bit anywhere is noticed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from application.box import Boxed, open_box, seal_content
from ledger import canonical
from ledger.disclosure import (
    Disclosure,
    Kind,
    State,
    check,
    commit,
    encode_disclosure,
    parse_disclosure,
    state_of,
)
from ledger.errors import IntegrityError

# Text that UTF-8 can hold: no lone surrogates.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
KEYS = st.text("abcdefghijklmnopqrstuvwxyz0123456789_", min_size=1, max_size=8)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
KEY = st.binary(min_size=32, max_size=32)
SALT = KEY
KINDS = st.sampled_from(list(Kind))


def flipped(data: bytes, bit: int) -> bytes:
    """Return ``data`` with one bit changed."""
    at = bit % (8 * len(data))
    return data[: at // 8] + bytes([data[at // 8] ^ 1 << at % 8]) + data[at // 8 + 1 :]


@pytest.mark.req("R-EVT-04")
@given(VALUES, KEY)
def test_sealing_and_opening_is_identity(value: Any, key: bytes) -> None:
    boxed = seal_content(canonical.encode(value), key, Kind.SEALED)
    unboxed = open_box(boxed, key, Kind.SEALED, "row")
    assert canonical.decode(unboxed.content, "row") == value
    assert check(Disclosure(boxed.c, unboxed.salt, value))


@given(st.binary(max_size=2000), KEY, KINDS)
def test_any_bytes_come_out_of_their_box(content: bytes, key: bytes, kind: Kind) -> None:
    assert open_box(seal_content(content, key, kind), key, kind, "row").content == content


@given(st.binary(max_size=200), KEY, KINDS, st.integers(0), st.sampled_from(["c", "box", "key", "kind"]))
def test_a_box_with_any_bit_changed_does_not_open(
    content: bytes, key: bytes, kind: Kind, bit: int, part: str
) -> None:
    boxed = seal_content(content, key, kind)
    if part == "c":
        boxed = Boxed(flipped(bytes.fromhex(boxed.c), bit).hex(), boxed.box)
    elif part == "box":
        boxed = Boxed(boxed.c, flipped(boxed.box, bit))
    elif part == "key":
        key = flipped(key, bit)
    else:
        kind = next(other for other in Kind if other is not kind)
    with pytest.raises(IntegrityError):
        open_box(boxed, key, kind, "row")


@pytest.mark.req("R-EVT-04")
@given(VALUES, SALT, st.integers(0), KINDS)
def test_a_changed_bit_of_c_or_salt_is_broken(value: Any, salt: bytes, bit: int, kind: Kind) -> None:
    c = commit(salt, canonical.encode(value), kind)
    assert state_of(c, "kid", Disclosure(c, salt, value), kind=kind) is State.DISCLOSED
    other = flipped(bytes.fromhex(c), bit).hex()
    for stated, given_c, given_salt in [(other, other, salt), (c, c, flipped(salt, bit)), (c, other, salt)]:
        found = state_of(stated, "kid", Disclosure(given_c, given_salt, value), kind=kind)
        assert found is State.BROKEN


@pytest.mark.req("R-EVT-04")
@given(VALUES, SALT, st.integers(0))
@example("yes", bytes(32), 8)
def test_a_changed_bit_of_the_value_is_broken_or_no_canonical_json(value: Any, salt: bytes, bit: int) -> None:
    content = canonical.encode(value)
    c = commit(salt, content)
    try:
        other = canonical.decode(flipped(content, bit), "value")
    except IntegrityError:
        return
    assert state_of(c, "kid", Disclosure(c, salt, other)) is State.BROKEN


@given(VALUES, VALUES, SALT)
def test_only_the_same_value_has_the_same_commitment(one: Any, other: Any, salt: bytes) -> None:
    same = canonical.encode(one) == canonical.encode(other)
    c = commit(salt, canonical.encode(one))
    assert check(Disclosure(c, salt, other)) is same


@given(VALUES, SALT, st.integers(0))
def test_a_line_with_any_bit_changed_is_refused_or_broken(value: Any, salt: bytes, bit: int) -> None:
    c = commit(salt, canonical.encode(value))
    line = encode_disclosure(Disclosure(c, salt, value))
    assert encode_disclosure(parse_disclosure(line, "line 1")) == line
    try:
        found = parse_disclosure(flipped(line, bit), "line 1")
    except IntegrityError:
        return
    assert state_of(c, "kid", found) is State.BROKEN


@given(st.binary(max_size=300))
def test_any_bytes_are_a_disclosure_in_its_one_spelling_or_refused(data: bytes) -> None:
    try:
        found = parse_disclosure(data, "line 1")
    except IntegrityError:
        return
    assert encode_disclosure(found) == data


@given(st.binary(max_size=60), st.integers(0, 32))
def test_no_byte_can_move_between_salt_and_content(content: bytes, moved: int) -> None:
    salt = bytes(32)
    c = commit(salt, content)
    if moved:
        with pytest.raises(IntegrityError):
            commit(salt[:-moved], salt[-moved:] + content)
    assert commit(salt, content) == c
