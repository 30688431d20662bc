"""A report as one page of HTML, for whoever has to rely on it and is no engineer.

The page stands alone: no script, nothing fetched from anywhere, and a policy inside it that forbids both.
Whatever comes from what was verified is escaped, for a forger chooses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files
from typing import Final

import msgspec

from verifier.explaining import KINDS, MEANINGS, PLAIN, STATES, Plain
from verifier.rendering import doubt_in_words
from verifier.report import Findings, Gaps, Report, State, StepReport, Verdict
from verifier.steps import STEP_OF_KIND, Step

_LOOKS: Final[dict[Verdict, State]] = {
    "valid": "passed",
    "invalid": "failed",
    "could not check": "incomplete",
    "origin not established": "incomplete",
}
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


class Occasion(msgspec.Struct, frozen=True):
    """What was verified, as the auditor named it, and when, in UTC as ``YYYY-MM-DD HH:MM``."""

    place: str
    moment: str


def to_html(report: Report, occasion: Occasion) -> str:
    """Return the report as a page; a function of its arguments alone."""
    title = f"{report.verdict.capitalize()}: {report.origin or occasion.place}"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>\n{_style()}</style>\n</head>\n<body>\n"
        + "".join(f"{part}\n" for part in _body(report, occasion))
        + "</body>\n</html>\n"
    )


def _style() -> str:
    return files("verifier").joinpath("report.css").read_text("utf-8")


def _body(report: Report, occasion: Occasion) -> Iterator[str]:
    yield '<p class="kicker">Verification of a Tallystick record</p>'
    yield "<main>"
    yield _verdict(report)
    yield _identity(report, occasion)
    yield from _wrong(report)
    yield from _claims(report)
    yield "<h2>What was checked, in this order</h2>"
    yield f'<ol class="steps">{"".join(_step(step) for step in report.steps)}</ol>'
    yield from _remarks(report)
    yield "</main>"
    yield (
        "<footer><p>This page is what one run of the program found. It is no evidence by itself: whoever has "
        "to be certain runs the program on the record again.</p></footer>"
    )


def _verdict(report: Report) -> str:
    meaning = MEANINGS[report.verdict]
    return (
        f'<section class="verdict {_LOOKS[report.verdict]}"><p class="word">{_text(report.verdict)}</p>'
        f"<h1>{_text(meaning.sentence)}</h1><p>{_text(meaning.advice)}</p></section>"
    )


def _identity(report: Report, occasion: Occasion) -> str:
    rows = [("Verified", _code(occasion.place)), ("On", f"{_text(occasion.moment)} UTC")]
    if report.origin is not None:
        trust = "which you trust" if report.pinned else "found beside the record, which shows nothing"
        rows += [
            ("Log", _code(report.origin)),
            ("Holds", _holds(report)),
            ("Signed by", f"{_code(report.log_key or '')}, {trust}"),
            ("Fingerprint of all", _code(report.root or "")),
        ]
    if report.complete is not None:
        size, heads = report.complete.size, report.complete.heads
        rows.append(
            ("Complete", f"among the first {_count(size, 'entries')} of the log, as entry {heads:,} claims")
        )
    if report.since is not None:
        rows.append(("Compared with", f"your checkpoint of {_count(report.since, 'entries')}"))
    return f'<dl class="facts">{_pairs(rows)}</dl>'


def _holds(report: Report) -> str:
    here = f"{_count(report.entries, 'entries')} in {_count(report.streams, 'streams')}"
    return f"{here}, of {report.size:,} in the whole log" if report.kind == "incident" else here


def _claims(report: Report) -> Iterator[str]:
    yield '<div class="columns">'
    if report.proves:
        yield f"<section><h2>What this proves</h2>{_list(report.proves)}</section>"
    yield f"<section><h2>What it does not prove</h2>{_list(report.does_not_prove)}</section>"
    yield "</div>"


def _step(step: StepReport) -> str:
    plain = PLAIN[Step(step.number)]
    state = f'<span class="state {_class(step.state)}">{STATES[step.state]}</span>'
    return (
        f"<li><h3>{_text(plain.name)}</h3>{state}"
        f"<p>{_text(plain.sentence)} {_text(_accepted(step, plain))}</p></li>"
    )


def _accepted(step: StepReport, plain: Plain) -> str:
    if step.state == "not run":
        return plain.skipped
    if step.state == "passed" and not step.checked:
        return f"There are no {plain.unit} of this kind."
    return f"{_count(step.checked, plain.unit)} passed."


def _wrong(report: Report) -> Iterator[str]:
    """Yield first what a reader has to know first."""
    if report.findings:
        yield "<h2>What does not hold</h2>"
        yield "".join(map(_finding, report.findings))
    if report.gaps:
        yield "<h2>What could not be checked</h2>"
        yield "".join(map(_gap, report.gaps))


def _finding(item: Findings) -> str:
    first = item.first
    rows = [("Where", first.place), ("Expected", first.expected), ("Found", first.found)]
    return _item("failed", KINDS[item.kind], item, rows)


def _gap(item: Gaps) -> str:
    step = PLAIN[STEP_OF_KIND[item.kind]]
    return _item(
        "incomplete", f"Open: {step.name}?", item, [("Where", item.first.place), ("Why", item.first.reason)]
    )


def _item(look: str, title: str, item: Findings | Gaps, rows: list[tuple[str, str]]) -> str:
    values = _pairs((name, _code(value)) for name, value in rows)
    return (
        f'<div class="item {look}"><p><strong>{_text(title)}</strong> {_times(item)}</p>'
        f'<dl class="facts">{values}</dl></div>'
    )


def _times(item: Findings | Gaps) -> str:
    return "Once:" if item.count == 1 else f"{item.count:,} times; the first:"


def _remarks(report: Report) -> Iterator[str]:
    if report.unknown:
        yield "<h2>Written by a newer program than this one</h2>"
        yield (
            "<p>These entries are under the seal, signed and counted, but this program does not know what "
            "they mean.</p>"
        )
        yield _list(f"{item.type} ({item.count:,})" for item in report.unknown)
    if report.doubtful:
        yield "<h2>Valid, but doubtful</h2>"
        yield (
            "<p>A key that signed these was later reported stolen. Whoever held a checkpoint over them "
            "before the theft knows that they are older.</p>"
        )
        yield _list(map(doubt_in_words, report.doubtful))


def _class(state: State) -> str:
    return state.replace(" ", "-")


def _count(number: int, unit: str) -> str:
    one = {"entries": "entry", "histories": "history", "files and texts": "file or text"}.get(unit, unit[:-1])
    return f"{number:,} {unit}" if number != 1 else f"1 {one}"


def _pairs(rows: Iterable[tuple[str, str]]) -> str:
    """Return rows of a name and of HTML."""
    return "".join(f"<dt>{_text(name)}</dt><dd>{value}</dd>" for name, value in rows)


def _list(lines: Iterable[str]) -> str:
    return f'<ul class="plain">{"".join(f"<li>{_text(line)}</li>" for line in lines)}</ul>'


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"


def _text(text: str) -> str:
    """Return foreign text so that it is text in HTML, whatever it holds; what has no glyph becomes U+FFFD."""
    return escape("".join(char if char.isprintable() else "\ufffd" for char in text))
