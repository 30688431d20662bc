"""Every record deleted, doubled or moved is found, whoever did it and however much they repaired.

A forger without keys repairs tiles and sums. An insider with the log key signs the result too; then the links
between entries must notice, and for a tail that was cut off the auditor's older checkpoint.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.dsse import parse_envelope
from ledger.event import parse_event
from ledger.exportlayout import ARTIFACTS
from tests.support.exports import content, story_export
from tests.support.forging import Content, entries_of, signed_by, with_entries, with_sums
from tests.support.ledgers import LOG
from tests.support.verdicts import kinds, report_on

Entries = tuple[bytes, ...]


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Content:
    return content(story_export(tmp_path_factory.mktemp("story")))


def forgeries(entries: Entries) -> Iterator[tuple[str, Entries]]:
    """Yield every way to delete, double or move one record."""
    for i in range(len(entries)):
        rest = (*entries[:i], *entries[i + 1 :])
        yield f"{i} deleted", rest
        for j in range(len(entries)):
            if j != i:
                yield f"{i} moved to {j}", (*rest[:j], entries[i], *rest[j:])
        for j in range(len(entries) + 1):
            yield f"{i} doubled at {j}", (*entries[:j], entries[i], *entries[j:])


def streams(entries: Entries) -> list[str]:
    return [parse_event(parse_envelope(entry, "entry").payload, "entry").subject for entry in entries]


def test_the_export_itself_is_valid(export: Content) -> None:
    report = report_on(export)
    assert (report.verdict, report.size) == ("valid", 11)


def test_every_record_deleted_doubled_or_moved_is_found_under_the_old_checkpoint(export: Content) -> None:
    for what, entries in forgeries(entries_of(export)):
        report = report_on(with_entries(export, entries))
        assert report.verdict == "invalid", what
        assert kinds(report).keys() <= {"tree", "bundle", "inclusion", "chain", "key", "keyring", "artifact"}


def test_every_record_deleted_doubled_or_moved_is_found_even_when_the_log_key_signs_it(
    export: Content,
) -> None:
    original = entries_of(export)
    older = export["checkpoint"]
    # Without artifacts: a forger who holds the keys derives those again.
    bare = {path: data for path, data in export.items() if not path.startswith((ARTIFACTS, "blobs"))}
    for what, entries in forgeries(original):
        if entries == original:
            continue
        signed = signed_by(with_entries(bare, entries), LOG)
        assert report_on(signed, since=older).verdict == "invalid", what
        if _keeps_every_stream(original, entries):
            continue
        report = report_on(signed)
        assert kinds(report).keys() & {"chain", "key", "keyring"}, what


def test_a_file_deleted_doubled_or_moved_is_found(export: Content) -> None:
    for path in export:
        others = {name: data for name, data in export.items() if name != path}
        assert report_on(others).exit_code != 0, path
        if not path.startswith(("SHA256SUMS", "VERIFY.md")):
            assert report_on(with_sums(others)).exit_code != 0, path
        moved = with_sums({**others, f"{path}.bak": export[path]})
        assert report_on(moved).verdict == "invalid", path
        doubled = with_sums({**export, f"{path}.bak": export[path]})
        assert report_on(doubled).verdict == "invalid", path


def test_files_exchanged_are_found(export: Content) -> None:
    for one in export:
        for two in export:
            if one < two and "VERIFY.md" not in {one, two}:
                swapped = with_sums({**export, one: export[two], two: export[one]})
                assert "SHA256SUMS" in {one, two} or report_on(swapped).verdict == "invalid", (one, two)


def _keeps_every_stream(original: Entries, entries: Entries) -> bool:
    """Return whether every stream is a prefix of what it was, and leaf 0 is first: no link is broken then."""
    names = dict(zip(original, streams(original), strict=True))
    prefixes = all(
        [e for e in entries if names[e] == name]
        == [e for e in original if names[e] == name][: _count(entries, names, name)]
        for name in names.values()
    )
    return prefixes and entries[0] == original[0]


def _count(entries: Entries, names: dict[bytes, str], name: str) -> int:
    return sum(names[entry] == name for entry in entries)
