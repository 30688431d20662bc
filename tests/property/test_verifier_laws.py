"""Laws of verification: what is honest passes, what is not does not, and no input ends the run."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ledger.dsse import parse_envelope
from ledger.event import parse_event
from ledger.exportlayout import HELP, SUMS
from tests.support.forging import Content, ForgedLog, entries_of, signed_by, with_entries, with_sums
from tests.support.ledgers import LOG
from tests.support.logs import MemoryLog
from tests.support.verdicts import kinds, report_on

STREAMS = st.sampled_from(["alert-1", "alert-2", "source-a", "incident-1"])


def honest(streams: list[str]) -> Content:
    log = ForgedLog()
    for stream in streams:
        log.add(stream)
    return log.content()


@given(st.lists(STREAMS, max_size=12))
def test_every_honest_log_is_valid_and_continues_each_of_its_prefixes(streams: list[str]) -> None:
    export = honest(streams)
    log = MemoryLog(entries_of(export))
    for size in range(log.size + 1):
        assert report_on(export, since=log.checkpoint(size)).verdict == "valid"


@given(st.lists(STREAMS, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_an_order_holds_exactly_when_it_keeps_every_stream(streams: list[str], random: object) -> None:
    export = honest(streams)
    entries = entries_of(export)
    order = list(range(len(entries)))
    random.shuffle(order)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    forged = signed_by(with_entries(export, [entries[i] for i in order]), LOG)
    names = [parse_event(parse_envelope(entry, "entry").payload, "entry").subject for entry in entries]
    kept = order[0] == 0 and all(
        [i for i in order if names[i] == name] == [i for i, other in enumerate(names) if other == name]
        for name in names
    )
    assert (report_on(forged).verdict == "valid") is kept


FILES = ["log.vkey", "checkpoint", "tile/0/000.p/5", "tile/entries/000.p/5", SUMS]
EXPORT = honest(["alert-1", "alert-1", "incident-1", "source-a"])


@given(st.dictionaries(st.sampled_from(FILES), st.binary(max_size=300), min_size=1), st.booleans())
def test_no_bytes_end_the_run(changes: dict[str, bytes], repaired: bool) -> None:
    changed = {**EXPORT, **changes}
    report = report_on(with_sums(changed) if repaired else changed)
    assert report.exit_code in {0, 1, 2}
    assert report.verdict != "valid" or {**changed, SUMS: b""} == {**EXPORT, SUMS: b""}


@given(st.data())
def test_no_splice_of_honest_bytes_is_accepted(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(set(EXPORT) - {SUMS, HELP})))
    old = EXPORT[path]
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(old))] * 2)))
    piece = data.draw(st.sampled_from([b"", old[start:end] * 2, old[end:], bytes(end - start)]))
    new = old[:start] + piece + old[end:]
    report = report_on(with_sums({**EXPORT, path: new}))
    # A signed note may carry the same signature twice.
    twice = path == "checkpoint" and sorted(set(new.splitlines())) == sorted(old.splitlines())
    assert (report.verdict == "valid") is (new == old) or twice


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=4))
def test_no_signed_entries_end_the_run(entries: list[bytes]) -> None:
    # An insider signs a tree over anything at all.
    forged = signed_by(with_entries({HELP: b""}, entries), LOG)
    assert kinds(report_on(forged)) == {"envelope": len(entries)}
