"""Sealed text in canonical text: placeholders that cannot be forged, revealed step by step."""

from __future__ import annotations

import pytest

from domain.prose import Prose, SealedRef, prose
from domain.sentence import Foreign
from projections.markdown import escape
from projections.placeholder import one_line, placeholder, plain, reveal, short

C = "0123456789abcdef" + "f" * 48
SEALED = Prose(sealed=SealedRef(c=C, kid="b" * 32))
MARK = "⟦sealed:0123456789abcdef⟧"


def test_a_placeholder_is_sixteen_digits_of_the_commitment() -> None:
    assert placeholder(SEALED) == MARK
    assert short(C) == "0123456789abcdef"


def test_clear_text_has_no_placeholder() -> None:
    with pytest.raises(ValueError, match="found clear text"):
        placeholder(prose("x"))


def test_a_foreign_text_cannot_pass_for_a_placeholder() -> None:
    text = plain(("Alert ", Foreign(MARK), ": ", SEALED))
    assert text == f"Alert ⟦{MARK}: {MARK}"
    assert reveal(text, {"0123456789abcdef": "value"}) == f"Alert ⟦{MARK}: value"


def test_a_revealed_text_cannot_pass_for_a_placeholder_either() -> None:
    once = reveal(MARK, {"0123456789abcdef": "⟦sealed:aaaaaaaaaaaaaaaa⟧"})
    assert once == "⟦⟦sealed:aaaaaaaaaaaaaaaa⟧"
    assert reveal(once, {"a" * 16: "secret"}) == once


def test_what_is_not_disclosed_stays_sealed() -> None:
    assert reveal(f"{MARK} and {MARK}", {}) == f"{MARK} and {MARK}"


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("a\nb", "a b"),
        ("  a \r\n\t b  ", "a b"),
        ("a\u2028b\u2029c\x0bd\x85e", "a b c d e"),
        ("a\x00b\x1bc", "a\ufffdb\ufffdc"),
        ("a\u202eb\u200bc\ufeffd", "a\ufffdb\ufffdc\ufffdd"),
        ("👩\u200d🚒", "👩\u200d🚒"),
        ("\ud800", "\ufffd"),
        ("", ""),
    ],
)
def test_a_foreign_text_is_one_visible_line(foreign: str, shown: str) -> None:
    assert one_line(foreign) == shown


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a*b_c`d", "a\\*b\\_c\\`d"),
        ("[x](y) <b> &lt; a|b ~c~ #d $e$ \\", "\\[x\\](y) \\<b\\> \\&lt; a\\|b \\~c\\~ \\#d \\$e\\$ \\\\"),
        ("https://x.example", "https\\://x.example"),
        ("HTTP://x WWW.x.example ftp://x mailto:a", "HTTP\\://x WWW\\.x.example ftp\\://x mailto\\:a"),
        ("a@b.example", "a\\@b.example"),
        ("p99: 2.5 s (max)", "p99: 2.5 s (max)"),
        (MARK, MARK),
    ],
)
def test_active_characters_are_escaped_and_no_others(text: str, escaped: str) -> None:
    assert escape(text) == escaped
