"""Keys in messages are masked in the bytes, however they are written, and nothing else is changed."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.masking import MASK, SECRET, Masked, masked
from tests.support.json_values import anything

KEY = "0123-the-key"


def clean(body: bytes) -> bytes:
    """Return the bytes of a message without the values of ``key``."""
    return masked(body, "key").body


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"key":"0123-the-key"}', b'{"key":"[masked]"}'),
        (b'{ "key" \n:\t"0123-the-key" , "a":1.50}', b'{ "key" \n:\t"[masked]" , "a":1.50}'),
        (b'{"\\u006bey":"0123-the-ke\\u0079"}', b'{"\\u006bey":"[masked]"}'),
        (b'{"a":{"key":"short"}, "b":"short"}', b'{"a":{"key":"[masked]"}, "b":"short"}'),
        (b'{"a":"x 0123-the-key/y","key":"0123-the-key"}', b'{"a":"x [masked]/y","key":"[masked]"}'),
        (b'{"0123-the-key":1,"key":"0123-the-key"}', b'{"[masked]":1,"key":"[masked]"}'),
        (b'{"a":"0123\\u002dthe-key\\n","key":"0123-the-key"}', b'{"a":"[masked]\\n","key":"[masked]"}'),
        (b'{"key":"0123-the-key","key":"4567-the-key"}', b'{"key":"[masked]","key":"[masked]"}'),
        (b'{"a":"0123\n-the-key","key":"0123\n\\u002dthe-key"}', b'{"a":"[masked]","key":"[masked]"}'),
        (b'{"key":"0123-the-key', b'{"key":"[masked]"'),
        (b'no JSON "key": "0123-the-key" at all', b'no JSON "key": "[masked]" at all'),
        (b'{"key":"0123\xff-the-key","a":"\xff"}', b'{"key":"[masked]","a":"\xff"}'),
    ],
)
def test_a_key_is_masked_and_all_else_stays(body: bytes, expected: bytes) -> None:
    assert clean(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        b'{"key":7,"a":"0123-the-key"}',
        b'{"key":"","a":""}',
        b'{"a":"key","b":"0123-the-key"}',
        b'{"key":{"a":"0123-the-key"}}',
        b'["key","0123-the-key"]',
        b'{"a":"\\u0041"}',
        b"",
    ],
)
def test_what_is_no_value_of_the_member_stays_as_it_is(body: bytes) -> None:
    assert masked(body, "key") == Masked(body, 0)


def test_a_key_that_holds_another_is_masked_whole() -> None:
    longer = KEY + KEY
    assert clean(json.dumps({"a": longer, "key": KEY, "b": {"key": longer}}).encode()) == (
        json.dumps({"a": MASK, "key": MASK, "b": {"key": MASK}}).encode()
    )


def test_texts_in_which_something_was_masked_are_counted() -> None:
    body = json.dumps({"key": KEY, "a": KEY, "b": f"{KEY} {KEY}", "c": "x"}).encode()
    assert masked(body, "key").count == 3


def test_masking_a_hostile_message_takes_no_longer_than_another() -> None:
    started = time.perf_counter()
    masked(b'"key":"' + b'\\"' * 500_000, "key")
    masked(b'"key":"' + b"\\" * 1_000_001, "key")
    assert time.perf_counter() - started < 10


@given(value=anything(), key=st.text(min_size=SECRET, max_size=20).filter(lambda text: text not in MASK))
def test_no_key_is_left_and_what_has_none_is_the_same(value: object, key: str) -> None:
    message = {"a": value, "inner": [{"key": key}], key: key, "b": f"-{key}-"}
    found = json.loads(clean(json.dumps(message).encode()))
    assert found["inner"] == [{"key": MASK}]
    assert key not in found
    assert key not in found["b"].replace(MASK, "")


PIECES = (
    b'"',
    b"\\",
    b":",
    b'"key"',
    b'"key":"',
    b'"' + KEY.encode() + b'"',
    b'\\"',
    b"\\u006bey",
    b",",
    b"\xff",
)


@given(pieces=st.lists(st.sampled_from(PIECES) | st.binary(max_size=3), max_size=20))
def test_any_bytes_can_be_cleaned_and_clean_bytes_are_clean(pieces: list[bytes]) -> None:
    once = masked(b"".join(pieces), "key")
    assert masked(once.body, "key") == Masked(once.body, 0)
