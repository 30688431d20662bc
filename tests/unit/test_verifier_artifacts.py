"""Step 10: artifacts are derived again from the entries that hold, and compared byte for byte."""

from __future__ import annotations

import pytest

import verifier.artifacts
from application.reading import stream_facts
from domain.artifacts import MANIFEST, TIMELINE
from ledger.exportlayout import artifact_path
from projections.artifacts.renderer import RENDERER
from tests.support.exports import INCIDENT, content, new_ledger, story_export
from tests.support.forging import Content, ForgedLog, with_sums
from tests.support.rendered import all_rendered, manifest_seal
from tests.support.story import ENTRY, FACTS
from tests.support.verdicts import first, kinds, report_on, state

PATH = artifact_path(INCIDENT, TIMELINE)
FOLDER = f"artifacts/{INCIDENT}"


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Content:
    return content(story_export(tmp_path_factory.mktemp("story")))


def with_timeline(export: Content, data: bytes, path: str = PATH) -> Content:
    return with_sums({**export, path: data})


@pytest.mark.req("R-ART-20")
def test_every_artifact_follows_from_the_entries(export: Content) -> None:
    report, count = report_on(export), sum(path.startswith("artifacts/") for path in export)
    assert (report.verdict, state(report, 10)) == ("valid", ("passed", count))
    assert count > 2


def test_a_changed_line_is_found_and_named(export: Content) -> None:
    changed = export[PATH].replace(b"Alerts judged real", b"Alerts judged false")
    report = report_on(with_timeline(export, changed))
    assert kinds(report) == {"artifact": 1}
    assert first(report, "artifact").startswith(f"{PATH}, line ")
    assert "Alerts judged false" in first(report, "artifact")


@pytest.mark.parametrize("change", [lambda text: text + b"\n", lambda text: text[:-1], lambda _: b""])
def test_a_longer_or_shorter_timeline_is_found(export: Content, change: object) -> None:
    assert callable(change)
    assert kinds(report_on(with_timeline(export, change(export[PATH])))) == {"artifact": 1}


def test_a_missing_timeline_is_found(export: Content) -> None:
    bare = with_sums({path: data for path, data in export.items() if path != PATH})
    assert first(report_on(bare), "artifact") == f"{PATH}: expected a file, found none"


@pytest.mark.parametrize(
    "path",
    [
        "artifacts/incident-00000000000000000000000000000000/incident-timeline.md",
        "artifacts/alert-1/incident-timeline.md",
        "artifacts/keys/incident-timeline.md",
        f"artifacts/{INCIDENT}/incident-report.md",
    ],
)
def test_an_artifact_that_follows_from_nothing_is_found(export: Content, path: str) -> None:
    report = report_on(with_timeline(export, b"x", path))
    assert kinds(report) == {"artifact": 1}
    assert (
        first(report, "artifact") == f"{path}: expected an artifact that follows from the log, found a file"
    )


def test_timelines_of_two_incidents_exchanged_are_found(export: Content) -> None:
    other = PATH.replace("0", "9")
    swapped = with_sums({**export, PATH: export[other], other: export[PATH]})
    assert kinds(report_on(swapped)) == {"artifact": 2}


def test_another_renderer_is_could_not_check(export: Content) -> None:
    of_ours, of_next = (f"\nrenderer: {number}\n".encode() for number in (RENDERER, RENDERER + 1))
    newer = export[PATH].replace(of_ours, of_next).replace(b"judged", b"deemed")
    report = report_on(with_timeline(export, newer))
    assert (report.verdict, report.exit_code, report.findings) == ("could not check", 2, ())
    (gap,) = report.gaps
    assert (gap.first.place, gap.first.reason) == (
        FOLDER,
        f"not re-derived: renderer {RENDERER + 1}, this tool {RENDERER}",
    )


def test_a_difference_in_an_incident_with_unknown_facts_is_could_not_check() -> None:
    log = ForgedLog()
    log.add(INCIDENT, kind="tallystick.weather-noted.v1")
    report = report_on(with_timeline(log.content(), b"# from a newer program\n"))
    (gap,) = report.gaps
    assert (
        gap.first.reason
        == "not re-derived: this tool does not know facts of type tallystick.weather-noted.v1"
    )
    assert report.exit_code == 2


def test_an_incident_that_was_never_opened_has_no_timeline() -> None:
    log = ForgedLog()
    log.add(INCIDENT, kind="tallystick.weather-noted.v1")
    assert report_on(log.content()).verdict == "valid"


def test_nothing_is_derived_from_a_stream_with_a_refused_entry() -> None:
    log = ForgedLog()
    log.add(INCIDENT)
    log.add(INCIDENT, prevhash="0" * 64)
    report = report_on(with_timeline(log.content(), b"claims more than the log holds\n"))
    assert kinds(report) == {"chain": 1}
    assert state(report, 10) == ("incomplete", 0)


def test_facts_that_break_the_fold_do_not_end_the_run(
    export: Content, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bytes:
        raise KeyError("entry")

    monkeypatch.setattr(verifier.artifacts, "document", broken)
    report = report_on(export)
    assert report.verdict == "could not check"
    assert report.gaps[0].first.reason == "not re-derived: KeyError: 'entry'"


def artifacts_found(export: Content) -> int:
    """Return how many findings step 10 has; step 11 has one on a seal in the middle of an incident."""
    report = report_on(export)
    assert state(report, 10)[0] in {"passed", "failed"}
    return kinds(report).get("artifact", 0)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Content, dict[str, bytes]]:
    """Return an export with a sealed manifest, and the artifacts as of when it was made."""
    folder = tmp_path_factory.mktemp("sealed")
    with new_ledger(folder / "home") as ledger:
        ledger.record(INCIDENT, *FACTS)
        facts = tuple(stream_facts(ledger.store, INCIDENT))
        ledger.record(INCIDENT, manifest_seal(facts), ENTRY)
        ledger.export(folder / "export")
    then = {artifact_path(INCIDENT, path): data for path, data in all_rendered(facts).items()}
    return content(folder / "export"), then


@pytest.mark.req("R-MAN-05")
def test_artifacts_are_as_of_the_last_fact_or_all_as_of_the_sealed_manifest(
    sealed: tuple[Content, dict[str, bytes]],
) -> None:
    export, then = sealed
    assert artifacts_found(export) == 0
    old = with_sums({**export, **then})
    assert export[PATH] != old[PATH]
    assert artifacts_found(old) == 0


def test_artifacts_of_two_versions_side_by_side_are_found(sealed: tuple[Content, dict[str, bytes]]) -> None:
    export, then = sealed
    assert artifacts_found(with_sums({**export, PATH: then[PATH]})) == 1
    manifest = artifact_path(INCIDENT, MANIFEST)
    assert artifacts_found(with_sums({**export, manifest: then[manifest]})) > 1


def test_an_old_manifest_that_nobody_sealed_is_found(sealed: tuple[Content, dict[str, bytes]]) -> None:
    export, then = sealed
    manifest = artifact_path(INCIDENT, MANIFEST)
    forged = {**then, manifest: then[manifest].replace(b'"incomplete"', b'"complete"')}
    assert artifacts_found(with_sums({**export, **forged})) > 0
