"""A report as text for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from verifier.report import Doubtful, Report

_MARKS = {"passed": "ok", "failed": "FAILED", "incomplete": "INCOMPLETE", "not run": "-"}
_LAST_WORDS = {
    "valid": "VALID",
    "invalid": "INVALID",
    "could not check": "COULD NOT CHECK everything",
    "origin not established": "CONSISTENT IN ITSELF, ORIGIN NOT ESTABLISHED: no key of yours was used",
}


def to_json(report: Report) -> str:
    """Return the report as one JSON object in lines; ``exit_code`` is added."""
    fields = {**msgspec.to_builtins(report), "exit_code": report.exit_code}
    return msgspec.json.format(msgspec.json.encode(fields), indent=2).decode() + "\n"


def to_text(report: Report) -> str:
    """Return the report in plain words; the last line is the verdict."""
    return "".join(f"{line}\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield from _head(report)
    for step in report.steps:
        count = f"{step.checked:,}" if step.checked else ""
        yield f"{step.number:>4}  {step.title:<38}{_MARKS[step.state]:<12}{count}".rstrip()
    yield from _section("Found", [f"{f.kind} ({f.count:,}), first: {f.first}" for f in report.findings])
    gaps = [f"{g.kind} ({g.count:,}), first: {g.first.place}: {g.first.reason}" for g in report.gaps]
    yield from _section("Could not be checked", gaps)
    unknown = [f"{item.type} ({item.count:,})" for item in report.unknown]
    yield from _section("Facts of types unknown to this program, kept as they are", unknown)
    yield from _section("Valid, but doubtful", [doubt_in_words(item) for item in report.doubtful])
    yield from _section("This proves", report.proves)
    yield from _section("It does not prove", report.does_not_prove)
    yield ""
    yield _LAST_WORDS[report.verdict]


def _head(report: Report) -> Iterator[str]:
    if report.origin is None:
        return
    yield report.origin
    of = f" of {report.size:,}" if report.kind == "incident" else ""
    yield f"  {report.entries:,}{of} entries in {report.streams:,} streams"
    if report.complete is not None:
        size, heads = report.complete.size, report.complete.heads
        yield f"  complete up to size {size:,}, as claimed by heads fact #{heads:,}"
    yield f"  root {report.root}"
    yield f"  signed by {report.log_key}" + (
        ", which you trust" if report.pinned else ", found beside the log"
    )
    yield ""


def _section(title: str, lines: list[str] | tuple[str, ...]) -> Iterator[str]:
    if lines:
        yield ""
        yield f"{title}:"
        yield from (f"  {line}" for line in lines)


def doubt_in_words(item: Doubtful) -> str:
    """Return which entries are doubtful, and which checkpoint at hand covers them."""
    doubt = item.doubt
    which = f"entries {doubt.first:,} to {doubt.last:,} of {doubt.role} key {doubt.keyid}"
    covered = f"all below size {item.existed:,}" if item.existed else "not all below any checkpoint at hand"
    return f"{which}: it may have been in other hands; {covered}"
