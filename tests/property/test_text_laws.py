"""Laws of text: no text forges anything, placeholders reveal exactly, codes and times hold their forms."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from domain.facts import Fact
from domain.intake.commands import OpenIncident
from domain.intake.facts import IncidentOpened
from domain.moment import from_nanoseconds, nanoseconds, timestamp
from domain.prose import Prose, SealedRef
from domain.recorded import Recorded, UnknownFact
from domain.sentence import Foreign, Sentence
from domain.text import CODE_LIMIT, code, nfc
from domain.timeline.facts import TimelineEntryRecorded
from projections.markdown import escape
from projections.placeholder import one_line, plain, reveal
from tests.support.meaning import NOW, Seals, recorded
from tests.support.rendered import as_read, rendered

TEXT = st.text(max_size=60)


def _hostile(text: str) -> tuple[Recorded[Fact | UnknownFact], ...]:
    opening = IncidentOpened(
        origin="person",
        why=text,
        title=Prose(clear=text),
        services=(text,),
        detected_at=timestamp(NOW),
        drill=False,
        visibility="open",
        profile="team",
        policy_sha256="a" * 64,
    )
    entry = TimelineEntryRecorded(entry_id="e", category="note", text=Prose(clear=text))
    seals = Seals()
    return recorded((opening, entry), seals=seals)


MARKUP = st.text(alphabet="ab #-=*_`~<>[]()!&;:|\\/.@\n\t⟦⟧\u202e\u2028'\"$0123456789", max_size=40)


@given(MARKUP | st.text(max_size=40))
def test_no_text_makes_a_timeline_more_than_headings_and_paragraphs(text: str) -> None:
    made = rendered(_hostile(text))
    assert made is not None
    canonical = made.decode().split("\n---\n", 1)[1]
    key = canonical.split("⟦sealed:")[1][:16]
    for document in (canonical, as_read(made, {key: text})):
        parsed = MarkdownIt("gfm-like", {"linkify": False}).parse(document)
        assert [token.type for token in parsed] == [
            *["heading_open", "inline", "heading_close"] * 2,
            *["paragraph_open", "inline", "paragraph_close"] * 2,
        ]
        inner = [token for outer in parsed for token in outer.children or ()]
        assert {token.type for token in inner} == {"text"}
    assert one_line(text) in inner[-1].content


@given(MARKUP | st.text(max_size=40))
def test_an_escaped_line_reads_as_it_was(text: str) -> None:
    line = one_line(text)
    (paragraph,) = [
        token
        for token in MarkdownIt("commonmark").parse(f"02:10 UTC - {escape(line)}")
        if token.type == "inline"
    ]
    assert paragraph.children is not None
    assert "".join(token.content for token in paragraph.children) == f"02:10 UTC - {line}".rstrip()


PARTS = st.lists(st.tuples(st.sampled_from(["ours", "foreign", "sealed"]), MARKUP | TEXT), max_size=6)


@given(PARTS)
def test_revealing_a_sentence_gives_what_it_would_have_been_in_clear(parts: list[tuple[str, str]]) -> None:
    sealed: list[str | Foreign | Prose] = []
    clear: Sentence = ()
    disclosed = {}
    for number, (kind, text) in enumerate(parts):
        if kind == "ours":
            sealed.append(" our words ")
            clear = (*clear, " our words ")
            continue
        clear = (*clear, Foreign(text))
        if kind == "foreign":
            sealed.append(Foreign(text))
        else:
            sealed.append(Prose(sealed=SealedRef(c=f"{number:016x}" + "f" * 48, kid="b" * 32)))
            disclosed[f"{number:016x}"] = text
    canonical = plain(tuple(sealed))
    assert reveal(canonical, disclosed) == plain(clear)
    some = {key: value for key, value in disclosed.items() if int(key, 16) % 2}
    assert reveal(reveal(canonical, some), disclosed) == plain(clear)
    assert reveal(canonical, {}) == canonical


@given(st.text(max_size=400))
def test_any_text_becomes_a_code_of_one_visible_line(text: str) -> None:
    made = code(text)
    assert len(made) <= CODE_LIMIT
    assert made == code(made)
    assert "\n" not in made
    assert "\u202e" not in made


@given(st.integers(0, 32_503_679_999_999_999_999))
def test_nanoseconds_read_back(value: int) -> None:
    text = timestamp(from_nanoseconds(value))
    assert nanoseconds(text) == value - value % 1000
    assert nanoseconds(f"{text[:-1]}{value % 1000:03}Z") == value


@given(st.sampled_from(["e\u0301", "\u1100\u1161", "x"]))
def test_commands_are_normalised_whole(text: str) -> None:
    command = nfc(OpenIncident(title=text, environment=text, services=(text,), summary=text, detected_at=NOW))
    assert command.title in {"\u00e9", "\uac00", "x"}
    assert (command.environment, command.services, command.summary) == (
        command.title,
        (command.title,),
        command.title,
    )
    assert nfc(command) == command


def test_a_limit_that_breaks_by_normalisation_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        nfc(OpenIncident(title="\u0958" * 200, environment="e"))
