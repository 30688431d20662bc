"""What is said in the end: the verdict, its exit code, text for people and JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from ledger.audit import Audit
from ledger.finding import Finding
from ledger.keyring import Doubt
from tests.support.forging import Content, ForgedLog, with_sums
from tests.support.verdicts import PINNED, kinds, report_on, state
from verifier import Memory, verify
from verifier.errors import Unreadable
from verifier.rendering import to_json, to_text
from verifier.report import EXITS, Doubtful
from verifier.source import File
from verifier.steps import STEP_OF_KIND, TITLES, Step
from verifier.tally import Tally


@pytest.fixture(scope="module")
def export() -> Content:
    log = ForgedLog()
    log.add("alert-1")
    return log.content()


class Broken(Memory):
    """A source in which some files cannot be read."""

    def __init__(self, content: Content, unreadable: str) -> None:
        super().__init__(content)
        self.unreadable = unreadable

    def read(self, path: str, limit: int) -> bytes:
        """Fail for one path."""
        if path.startswith(self.unreadable):
            raise Unreadable(path, "Input/output error")
        return super().read(path, limit)


def test_exit_codes_are_those_of_the_design() -> None:
    assert EXITS == {"valid": 0, "invalid": 1, "could not check": 2, "origin not established": 2}


def test_every_kind_of_finding_belongs_to_a_step_and_every_step_has_words() -> None:
    assert set(STEP_OF_KIND.values()) == set(Step) == set(TITLES)
    assert [step.value for step in Step] == list(range(1, 13))


def test_text_ends_with_the_verdict(export: Content) -> None:
    text = to_text(report_on(export))
    assert text.splitlines()[0] == "ledger.example/incidents"
    assert text.endswith("\nVALID\n")
    assert "which you trust" in text
    assert "This proves:" in text
    assert "It does not prove:" in text
    assert "test.noted.v1 (1)" in text


def test_text_of_a_forgery_names_kind_count_place_expected_and_found(export: Content) -> None:
    text = to_text(report_on(with_sums({**export, "log.vkey": b"x\n"})))
    assert "Found:\n  label (1), first: label: verifier key: expected " in text
    assert text.endswith("\nINVALID\n")
    assert "This proves:" not in text


def test_text_without_a_pinned_key_says_so(export: Content) -> None:
    text = to_text(report_on(export, keys=()))
    assert text.endswith("ORIGIN NOT ESTABLISHED: no key of yours was used\n")
    assert "found beside the log" in text


def test_json_says_the_same_to_programs(export: Content) -> None:
    found = json.loads(to_json(report_on(export)))
    assert (found["verdict"], found["exit_code"], found["size"], found["pinned"]) == ("valid", 0, 2, True)
    assert found["steps"][0] == {
        "number": 1,
        "title": "files, as SHA256SUMS lists them",
        "state": "passed",
        "checked": len(export) - 1,
    }


def test_json_of_a_forgery_has_the_first_place_of_each_kind(export: Content) -> None:
    (item,) = json.loads(to_json(report_on(with_sums({**export, "log.vkey": b"x\n"}))))["findings"]
    assert (item["kind"], item["count"], item["first"]["kind"]) == ("label", 1, "label")
    assert item["first"].keys() == {"kind", "place", "expected", "found"}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("checkpoint", "sum"),
        ("log.vkey", "sum"),
        ("tile/0/", "sum"),
        ("tile/entries/", "sum"),
        ("SHA256SUMS", "file"),
    ],
)
def test_what_cannot_be_read_is_could_not_check(export: Content, path: str, kind: str) -> None:
    report = verify(Broken(export, path), log_keys=PINNED)
    assert report.exit_code != 0
    assert kind in {gap.kind for gap in report.gaps}
    assert report.gaps[0].first.reason == "Input/output error"


def test_a_source_that_cannot_be_listed_is_could_not_check(export: Content) -> None:
    class Unlistable(Memory):
        def files(self, under: str = "") -> Iterator[File]:
            raise Unreadable(under or ".", "Permission denied")

    report = verify(Unlistable(export), log_keys=PINNED)
    assert report.verdict == "could not check"
    assert "Could not be checked:" in to_text(report)


def test_the_verdict_is_valid_only_when_every_entry_went_through_every_step(
    export: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Even if some step lost entries without a word.
    monkeypatch.setattr("verifier.entries.AUDITED", (Step.EVENTS, Step.SIGNATURES))
    monkeypatch.setattr(Tally, "checked", _forgetful(Tally.checked))
    report = report_on(export)
    assert (report.findings, report.gaps, report.verdict) == ((), (), "could not check")


def _forgetful(checked: object) -> object:
    def forgetting(self: Tally, step: Step, count: int = 1) -> None:
        assert callable(checked)
        checked(self, step, max(0, count - 1) if step is Step.SIGNATURES else count)

    return forgetting


def test_findings_come_in_the_order_of_the_steps() -> None:
    tally = Tally()
    for kind in reversed(list(STEP_OF_KIND)):
        tally.found(Finding(kind, "place", "this", "that"))
        tally.found(Finding(kind, "later", "this", "that"))
    steps = [STEP_OF_KIND[item.kind] for item in tally.findings]
    assert steps == sorted(steps)
    assert all((item.count, item.first.place) == (2, "place") for item in tally.findings)


def test_an_error_of_the_program_is_no_finding() -> None:
    with pytest.raises(ZeroDivisionError), Tally().collecting("tree"):
        raise ZeroDivisionError


def test_progress_is_shown(export: Content) -> None:
    seen = []
    verify(Memory(export), log_keys=PINNED, progress=lambda *step: seen.append(step))
    assert ("files", 1, 0) in seen


def test_progress_through_the_entries() -> None:
    log, seen = ForgedLog(), []
    while len(log.entries) < 300:
        log.add("alert-1")
    verify(Memory(log.content()), log_keys=PINNED, progress=lambda *step: seen.append(step))
    assert ("entries", 256, 300) in seen


def test_an_audit_knows_its_streams(export: Content) -> None:
    assert kinds(report_on(export)) == {}
    assert state(report_on(export), 8) == ("passed", 2)
    assert Audit().streams == 0
    assert not Audit().knows("keys")


def test_doubtful_entries_are_named_with_the_checkpoint_that_covers_them(export: Content) -> None:
    doubt = Doubt(keyid="ab" * 32, role="recorder", first=5, last=7)
    report = replace(report_on(export), doubtful=(Doubtful(doubt, 9), Doubtful(doubt, None)))
    assert (
        "Valid, but doubtful:\n"
        f"  entries 5 to 7 of recorder key {'ab' * 32}: it may have been in other hands; all below size 9\n"
        f"  entries 5 to 7 of recorder key {'ab' * 32}: it may have been in other hands; "
        "not all below any checkpoint at hand\n"
    ) in to_text(report)
