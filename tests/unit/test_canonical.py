"""Canonical JSON: one spelling a value, and nothing else is read."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import pytest

from ledger.canonical import MAX_DEPTH, MAX_INTEGER, decode, encode
from ledger.errors import IntegrityError


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        (None, b"null"),
        (True, b"true"),
        (0, b"0"),
        (-MAX_INTEGER, b"-9007199254740991"),
        (MAX_INTEGER, b"9007199254740991"),
        ("", b'""'),
        ([], b"[]"),
        ({}, b"{}"),
        ({"b": 1, "a": 2, "_": 3, "0": 4}, b'{"0":4,"_":3,"a":2,"b":1}'),
        ({"a": [{"z": 1, "b": 2}]}, b'{"a":[{"b":2,"z":1}]}'),
        ('"\\/', b'"\\"\\\\/"'),
        ("\b\f\n\r\t", b'"\\b\\f\\n\\r\\t"'),
        ("\x00\x0b\x1f\x7f", b'"\\u0000\\u000b\\u001f\x7f"'),
        ("é⟦\u2028😀", '"é⟦\u2028😀"'.encode()),
    ],
)
def test_a_value_has_one_spelling(value: Any, spelled: bytes) -> None:
    assert encode(value) == spelled
    assert decode(spelled, "value") == value


def test_a_tuple_is_spelled_as_an_array() -> None:
    assert encode({"a": (1, ("x",))}) == b'{"a":[1,["x"]]}'


class Text(str):
    """A string that could spell itself as it likes."""

    __slots__ = ()


class Members(dict[str, int]):
    """An object likewise."""


class Items(list[int]):
    """An array likewise."""


class Pair(NamedTuple):
    """An array with names, which are lost."""

    left: int
    right: int


class Number(IntEnum):
    """An integer likewise."""

    ONE = 1


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (1.0, "value"),
        ({"a": [0, 1.5]}, "value.a[1]"),
        ({"a": {"b": float("nan")}}, "value.a.b"),
        ({"a": MAX_INTEGER + 1}, "value.a"),
        ([-MAX_INTEGER - 1], "value[0]"),
        (2**100, "value"),
        ({"A": 1}, "value"),
        ({"a": {"": 1}}, "value.a"),
        ({"a b": 1}, "value"),
        ({"é": 1}, "value"),
        ({"a\n": 1}, "value"),
        ({1: 1}, "value"),
        ({"a": b"x"}, "value.a"),
        ({"a": {"x"}}, "value.a"),
        (object(), "value"),
        (Text("x"), "value"),
        ([Text("x")], "value[0]"),
        (Members(a=1), "value"),
        ({"a": Members(a=1)}, "value.a"),
        (Items([1]), "value"),
        ([0, Items([1])], "value[1]"),
        ({"a": Pair(1, 2)}, "value.a"),
        ([Number.ONE], "value[0]"),
        (Number.ONE, "value"),
        ({Text("x"): 1}, "value"),
        ("\ud800", "value"),
        ({"a": ["\udfff"]}, "value"),
    ],
)
def test_what_has_no_canonical_spelling_is_refused_with_its_place(value: object, place: str) -> None:
    with pytest.raises(IntegrityError) as caught:
        encode(value)
    assert caught.value.place == place


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def test_sixty_four_levels_are_enough_for_anybody() -> None:
    assert encode(decode(nested(MAX_DEPTH), "value")) == nested(MAX_DEPTH)
    for depth in (MAX_DEPTH + 1, 255, 1025, 100_000):
        with pytest.raises(IntegrityError):
            decode(nested(depth), "value")
    with pytest.raises(IntegrityError, match="at most 64 levels"):
        encode({"a": decode(nested(MAX_DEPTH), "value")})


def test_objects_count_as_levels_like_arrays() -> None:
    deep: object = 0
    for _ in range(MAX_DEPTH):
        deep = {"a": deep}
    assert decode(encode(deep), "value") == deep
    for deeper in ({"a": deep}, [deep], (deep,)):
        with pytest.raises(IntegrityError, match="at most 64 levels"):
            encode(deeper)


def test_a_value_that_contains_itself_is_refused() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(IntegrityError, match="at most 64 levels"):
        encode(loop)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"1 ",
        b" 1",
        b"1\n",
        b"\xef\xbb\xbf1",
        b"tru",
        b"True",
        b"NaN",
        b"Infinity",
        b"1.0",
        b"0.5",
        b"1e2",
        b"1E2",
        b"-0",
        b"-0.0",
        b"01",
        b"+1",
        b"9007199254740992",
        b"-9007199254740992",
        b"9007199254740993",
        b"18446744073709551615",
        b"18446744073709551616",
        b"1" + b"0" * 400,
        b'{"b":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a":1,"a":2}',
        b'{"a": 1}',
        b'{"a":1,}',
        b"[1,]",
        b"[1 ,2]",
        b'{"A":1}',
        b'{"":1}',
        b'{"\\u0061":1}',
        b'"\\u0061"',
        b'"\\u00E9"',
        b'"\\/"',
        b'"\\u000A"',
        b'"\\u000a"',
        b'"\\u001F"',
        b'"\n"',
        b'"\x00"',
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'"\\ud83d\\ude00"',
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'"\xc0\xaf"',
        b"'a'",
        b"1//x",
        b"[1][2]",
        b'{"a":1}\x00',
    ],
)
def test_any_other_spelling_is_refused(data: bytes) -> None:
    with pytest.raises(IntegrityError) as caught:
        decode(data, "entry 41")
    assert caught.value.place.startswith("entry 41")
    assert str(caught.value).isprintable()


def test_the_first_different_byte_is_named() -> None:
    with pytest.raises(IntegrityError, match=r"entry: expected canonical JSON, found b' 1\}' at byte 5"):
        decode(b'{"a": 1}', "entry")
    with pytest.raises(IntegrityError, match=r"found b' ' at byte 7"):
        decode(b'{"a":1} ', "entry")
