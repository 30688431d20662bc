"""Sealed text in views: revealed where a field is meant for it, and nowhere else."""

from __future__ import annotations

import hashlib

import pytest
from msgspec import Struct

from domain.prose import Prose, SealedRef
from projections.told import Known, Text, Texts, optional_text, revealed, text, texts


class Inner(Struct, frozen=True):
    """Something with text."""

    words: Text | None


class Outer(Struct, frozen=True):
    """Something with all kinds of fields."""

    code: str
    words: Text
    lines: Texts
    inner: Inner | None
    many: tuple[Inner, ...]


def sealed(words: str) -> Prose:
    return Prose(sealed=SealedRef(c=hashlib.sha256(words.encode()).hexdigest(), kid="d" * 32))


def key(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def outer(code: str = "code") -> Outer:
    return Outer(
        code=code,
        words=text(sealed("one")),
        lines=texts(sealed("two")),
        inner=Inner(optional_text(sealed("three"))),
        many=(Inner(None), Inner(optional_text(sealed("three")))),
    )


@pytest.mark.req("R-EVT-04")
def test_words_take_the_places_of_their_placeholders_and_a_list_spreads() -> None:
    known: Known = {key("one"): "Yes.", key("two"): ("first", "second"), key("three"): "Three."}
    found = revealed(outer(), known)
    assert (found.words, found.lines) == ("Yes.", ("first", "second"))
    assert found.inner == Inner("Three.")
    assert found.many == (Inner(None), Inner("Three."))


def test_what_is_withheld_stays_a_placeholder() -> None:
    assert revealed(outer(), {}) == outer()


def test_a_code_that_looks_like_a_placeholder_reveals_nothing() -> None:
    forged = text(sealed("one"))
    assert revealed(outer(code=forged), {key("one"): "Secret."}).code == forged


def test_lines_and_blanks_of_commands_stay_and_what_cannot_be_seen_does_not() -> None:
    known: Known = {key("one"): "a  b\n\tc\u202e\x1b", key("two"): ("x ⟦ y",)}
    found = revealed(outer(), known)
    assert found.words == "a  b\n\tc\ufffd\ufffd"
    assert found.lines == ("x ⟦⟦ y",)


def test_a_list_that_was_never_said_is_empty() -> None:
    assert texts(None) == ()
    assert optional_text(None) is None
