"""Readable copies: words and names in their places, and nothing but words whatever they are."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from projections.readable import readable_json, readable_markdown
from tests.support.documents import body, complaints
from tests.support.full_incident import NAMES, full_incident, words
from tests.support.rendered import all_rendered

C, D = "0123456789abcdef", "fedcba9876543210"
MARK, OTHER = f"⟦sealed:{C}⟧", f"⟦sealed:{D}⟧"
FILES = all_rendered(full_incident())
MARKDOWN = sorted(name for name in FILES if name.endswith(".md"))
MARKUP = st.text(alphabet="ab #-=*_`~<>[]()!&;:|\\/.@+\n\t⟦⟧\u202e\u2028'\"$0123456789", max_size=40)
BLOCKS = {
    *("paragraph_open", "paragraph_close", "inline"),
    *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
}


def copy(body: str, known: dict[str, Any] | None = None, names: dict[str, str] | None = None) -> str:
    """Return the readable copy of a body, without the paragraph about it."""
    made = readable_markdown(f"---\nschema: x\n---\n\n{body}".encode(), known or {}, names or {}, "X.md")
    return made.decode().split("\n\n---\n")[0] + "\n"


def parsed(document: str) -> list[Token]:
    return MarkdownIt("gfm-like", {"linkify": False}).parse(document)


def test_the_header_for_machines_is_left_out_and_the_copy_says_what_it_is() -> None:
    canonical = b"---\nschema: x\n---\n\n# Title\n"
    assert readable_markdown(canonical, {}, {}, "A_B.md").decode() == (
        "# Title\n\n---\n\nThis is a readable copy of A\\_B.md. The ledger vouches for the original, whose"
        f" SHA-256 is `{sha256(canonical).hexdigest()}`.\n"
    )


def test_what_stays_withheld_is_explained() -> None:
    made = readable_markdown(f"# Title: {MARK}\n".encode(), {}, {}, "X.md").decode()
    assert f"# Title: {MARK}\n" in made
    assert made.endswith("⟦sealed:…⟧ stands for words that are withheld or erased.\n")
    assert "stands for" not in readable_markdown("# ⟦⟦sealed: is no mark\n".encode(), {}, {}, "X.md").decode()


def test_words_within_a_line_become_one_line_of_text() -> None:
    assert copy(f"Reason: “{MARK}”.\n", {C: "# big\n\n- <b>x"}) == "Reason: “\\# big - \\<b\\>x”.\n"


@pytest.mark.parametrize("words_at_the_start", ["- a", "1. a", "2) a", "+ a", "===", "---"])
def test_words_at_the_beginning_of_a_line_open_no_list_and_no_heading(words_at_the_start: str) -> None:
    for line in (f"{MARK} is so\n", f"- {MARK}\n", f"- {MARK} is so\n", f"above\n\n{MARK}\n"):
        plain = [token.type for token in parsed(copy(line, {C: "word"}))]
        made = parsed(copy(line, {C: words_at_the_start}))
        if words_at_the_start == "- a" and not line.startswith("- ") and line.endswith("⟧\n"):
            continue  # whole paragraphs of a person may be lists
        assert [token.type for token in made] == plain


def test_a_sealed_list_becomes_the_items_of_ours() -> None:
    assert copy(f"- {MARK}\n- last\n", {C: ("one", "two *2*")}) == "- one\n- two \\*2\\*\n- last\n"
    assert copy(f"1. `{MARK}`\n", {C: ("a_b", "c `d`")}) == "1. `a_b`\n2. `` c `d` ``\n"
    assert copy(f"All: {MARK}\n", {C: ("one", "two")}) == "All: one; two\n"


def test_words_to_type_are_shown_as_they_are() -> None:
    assert copy(f"- Command: `{MARK}`\n", {C: "a_b *c* ``x"}) == "- Command: ```a_b *c* ``x```\n"
    assert copy(f"- Command: `{MARK}`\n") == f"- Command: `{MARK}`\n"
    (token,) = (t for t in parsed(copy(f"`{MARK}`\n", {C: "`tick`"})) if t.type == "inline")
    assert [(child.type, child.content) for child in token.children or ()] == [("code_inline", "`tick`")]


def test_what_somebody_wrote_in_paragraphs_stays_in_paragraphs() -> None:
    said = "First.\n\n- one\n- two\nThen.\n\n# Not a heading\n1986. A year"
    assert copy(f"{MARK}\n", {C: said}) == (
        "First.\n\n* one\n* two\n\nThen.\n\n\\# Not a heading\n1986\\. A year\n"
    )


def test_a_list_of_theirs_does_not_swallow_the_list_of_ours_behind_it() -> None:
    made = parsed(copy(f"{MARK}\n\n- ours\n", {C: "- theirs"}))
    assert [token.type for token in made].count("bullet_list_open") == 2


def test_people_have_names_where_the_canonical_bytes_have_ids() -> None:
    names = {"p-ada": "Ada L_", "p-bob": "Bob"}
    assert copy("By p-ada (p-bob), not p-adams, xp-bob or p-bob-2.\n", names=names) == (
        "By Ada L\\_ (Bob), not p-adams, xp-bob or p-bob-2.\n"
    )


def test_two_people_of_one_name_keep_their_ids() -> None:
    assert copy("p-1 and p-2\n", names={"p-1": "Kim", "p-2": "Kim"}) == "Kim (p-1) and Kim (p-2)\n"


def test_names_and_words_reveal_nothing_further() -> None:
    assert copy(f"p-ada said {MARK}\n", {C: f"p-ada {OTHER}", D: "secret"}, {"p-ada": OTHER}) == (
        f"⟦{OTHER} said p-ada ⟦{OTHER}\n"
    )


@pytest.mark.parametrize("name", MARKDOWN)
@pytest.mark.req("R-ART-01", "R-ART-02")
def test_every_document_is_nothing_but_headings_paragraphs_and_lists(name: str) -> None:
    assert complaints(body(FILES[name].decode())) == set()
    assert complaints(readable(name)) == set()


def readable(name: str, known: dict[str, Any] | None = None) -> str:
    return readable_markdown(FILES[name], words() if known is None else known, NAMES, name).decode()


@given(MARKUP | st.text(max_size=40))
def test_no_words_make_more_of_a_document_than_harmless_ones_do(text: str) -> None:
    said = {key: text for key, value in words().items() if isinstance(value, str)}
    for name in MARKDOWN:
        assert kinds(name, said) == harmless(name)


def kinds(name: str, known: dict[str, Any]) -> list[str]:
    document = readable(name, {**words(), **known})
    return [token.type for token in parsed(document) if token.type not in BLOCKS]


@cache
def harmless(name: str) -> list[str]:
    return kinds(name, {key: "word" for key, value in words().items() if isinstance(value, str)})


@given(MARKUP | st.text(max_size=40))
def test_no_words_make_a_link_or_markup_of_their_own(text: str) -> None:
    said = {key: text for key, value in words().items() if isinstance(value, str)}
    assert complaints(readable("INCIDENT-REPORT.md", {**words(), **said})) == set()


@pytest.mark.req("R-ART-01")
def test_a_json_copy_has_words_whole_lists_and_names_beside_ids() -> None:
    canonical = {
        "by": "p-ada",
        "code": "⟦⟦sealed:0123456789abcdef⟧",
        "list": [MARK, "kept", OTHER],
        "number": 3,
        "text": MARK,
        "unknown": "⟦sealed:1111111111111111⟧",
    }
    made = readable_json(json.dumps(canonical).encode(), {C: "two\nlines", D: ("a", "b")}, {"p-ada": "Ada"})
    assert json.loads(made) == {
        "by": "Ada (p-ada)",
        "code": "⟦⟦sealed:0123456789abcdef⟧",
        "list": ["two\nlines", "kept", "a", "b"],
        "number": 3,
        "text": "two\nlines",
        "unknown": "⟦sealed:1111111111111111⟧",
    }
    assert made.endswith(b"}\n")
    assert made == readable_json(made, {C: "two\nlines"}, {"p-ada": "Ada"})
