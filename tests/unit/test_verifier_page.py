"""The report as a page: it says what the report says, to people, and lets no forger say anything else."""

from __future__ import annotations

import io
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec.structs import replace

from ledger.finding import Finding
from ledger.keyring import Doubt
from ledger.note import format_vkey
from tests.support.exports import VKEY
from tests.support.forging import Content, ForgedLog, with_sums
from tests.support.verdicts import report_on
from verifier.command import USAGE, run
from verifier.explaining import KINDS, MEANINGS, PLAIN
from verifier.page import Occasion, to_html
from verifier.report import EXITS, Doubtful, Findings, Gap, Gaps, Report
from verifier.steps import STEP_OF_KIND, Step

OCCASION = Occasion("the export", "2026-11-27 10:15")
NASTY = "</style><script>alert(1)</script>&\"'\x1b[31m\u202e\ud800"


class Page(HTMLParser):
    """The tags, the attributes and the text of a page, white space made even."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, set[str | None]] = {}
        self.words: list[str] = []
        self.feed(page)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value)

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] != ["style"]:
            self.words.append(data)


@pytest.fixture(scope="module")
def export() -> Content:
    log = ForgedLog()
    log.add("alert-1")
    return log.content()


def page_of(report: Report) -> Page:
    return Page(to_html(report, OCCASION))


def test_every_verdict_step_and_kind_of_finding_has_words() -> None:
    assert MEANINGS.keys() == EXITS.keys()
    assert PLAIN.keys() == set(Step)
    assert KINDS.keys() == STEP_OF_KIND.keys()


def test_a_valid_record_says_so_in_one_sentence_with_what_it_proves_and_what_not(export: Content) -> None:
    report = report_on(export)
    text = page_of(report).text
    assert "valid This record is intact, and it was sealed with a key you trust." in text
    assert all(line in text for line in (*report.proves, *report.does_not_prove))
    assert "2 entries in 2 streams" in text
    assert format_vkey(VKEY) in text
    assert "2026-11-27 10:15 UTC" in text
    assert "test.noted.v1 (1)" in text
    assert "What does not hold" not in text


def test_each_step_is_there_with_a_sentence_and_its_count(export: Content) -> None:
    text = page_of(report_on(export)).text
    for step in Step:
        assert f"{PLAIN[step].name} " in text
        assert PLAIN[step].sentence in text
    assert "Every entry is under the seal holds" in text
    assert "An entry that was changed, added or moved does not. 2 entries passed." in text
    assert "No older checkpoint was given to compare with." in text
    assert "There are no signatures of this kind." in text


def test_a_finding_comes_first_with_its_place_what_was_expected_and_what_was_found(export: Content) -> None:
    report = report_on(with_sums({**export, "log.vkey": b"x\n"}))
    text = page_of(report).text
    (item,) = report.findings
    assert "The key beside the record is not the one that signed it. Once:" in text
    assert f"Where {item.first.place} Expected {item.first.expected} Found {item.first.found}" in text
    assert text.index("What does not hold") < text.index("What it does not prove")
    assert "What this proves" not in text


def test_gaps_and_doubts_are_named(export: Content) -> None:
    doubt = Doubtful(Doubt(keyid="ab" * 32, role="recorder", first=5, last=7), 9)
    gaps = (Gaps("blob", 1200, Gap("blobs/x", "not there")),)
    text = page_of(replace(report_on(export), doubtful=(doubt,), gaps=gaps)).text
    assert (
        "Open: Attachments, rules and disclosed texts are the original ones? 1,200 times; the first:" in text
    )
    assert "Where blobs/x Why not there" in text
    assert "entries 5 to 7 of recorder key" in text


def test_what_nobody_vouches_for_says_so(export: Content) -> None:
    text = page_of(report_on(export, keys=())).text
    assert "nothing shows whose it is" in text
    assert "found beside the record, which shows nothing" in text


def test_without_a_checkpoint_no_log_is_named(export: Content) -> None:
    content = {path: data for path, data in export.items() if path != "checkpoint"}
    text = page_of(report_on(with_sums(content))).text
    assert "Fingerprint" not in text
    assert "not checked" in text


def test_an_older_checkpoint_is_named(export: Content) -> None:
    report = report_on(export, since=export["checkpoint"])
    assert "your checkpoint of 2 entries" in page_of(report).text


def test_nothing_foreign_becomes_markup_or_moves_text_about(export: Content) -> None:
    wrong = Findings("sum", 1, Finding("sum", NASTY, NASTY, NASTY))
    report = replace(
        report_on(export),
        origin=NASTY,
        findings=(wrong,),
        gaps=(Gaps("blob", 1, Gap(NASTY, NASTY)),),
        proves=(NASTY,),
    )
    html = to_html(report, Occasion(NASTY, NASTY))
    page = Page(html)
    assert "script" not in page.tags
    assert page.tags.count("style") == 1
    assert "</style><script>alert(1)</script>&\"'\ufffd[31m\ufffd\ufffd" in page.text
    assert not {"\x1b", "\u202e", "\ud800"} & set(html)


def test_the_page_stands_alone(export: Content) -> None:
    html = to_html(report_on(export), OCCASION)
    page = Page(html)
    assert not {"script", "link", "img", "iframe", "object", "form", "a"} & set(page.tags)
    assert not {"src", "href", "style", "action", "onload"} & page.attributes.keys()
    assert "url(" not in html
    assert "@import" not in html
    assert any(value and value.startswith("default-src 'none';") for value in page.attributes["content"])


def test_the_command_writes_the_page_beside_the_report(export: Content, tmp_path: Path) -> None:
    for path, data in export.items():
        (tmp_path / "export" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "export" / path).write_bytes(data)
    out, page = io.StringIO(), tmp_path / "report.html"
    code = run(str(tmp_path / "export"), log_key=format_vkey(VKEY), html=page, out=out)
    assert (code, out.getvalue()[-6:]) == (0, "VALID\n")
    assert str(tmp_path / "export") in Page(page.read_text()).text


def test_a_page_that_cannot_be_written_is_known_before_the_work(tmp_path: Path) -> None:
    err = io.StringIO()
    assert run(str(tmp_path), html=tmp_path / "no/where.html", err=err) == USAGE
    assert "no/where.html: No such file or directory" in err.getvalue()
