"""What attackers send is verified without a crash, a hang, the verdict *valid*, or a key of theirs."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest
from msgspec.structs import replace

from domain.facts import encode, type_name
from domain.gates.evaluator import ENGINE
from domain.gates.facts import GateEvaluated, GateScope
from domain.intake.facts import IncidentOpened
from domain.prose import Prose, SealedRef
from ledger.exportlayout import CHECKPOINT, SUMS, policy_path, sums_line
from ledger.note import format_vkey
from tests.support.exports import INCIDENT, VKEY
from tests.support.forgedincidents import incident_content, incident_log, record_heads
from tests.support.forging import Content, ForgedLog, with_sums
from tests.support.hostile import CHECKPOINTS, PARTS, ZIPS
from tests.support.verdicts import PINNED, kinds, report_on
from verifier import Directory, verify
from verifier.archive import Archive
from verifier.command import USAGE, run

PATIENCE_S = 60.0

pytestmark = pytest.mark.req("R-STO-04")


@pytest.fixture(scope="module")
def export() -> Content:
    return incident_content(incident_log())


@pytest.fixture(scope="module")
def ledger() -> Content:
    return incident_log().content()


@pytest.fixture(autouse=True)
def _in_reasonable_time() -> Iterator[None]:
    started = monotonic()
    yield
    assert monotonic() - started < PATIENCE_S


def bytes_read() -> int:
    """Return how many bytes this process has read so far."""
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["rchar"])


def written(content: Content, folder: Path) -> Path:
    for path, data in content.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def test_both_exports_are_valid_before_anybody_touches_them(export: Content, ledger: Content) -> None:
    assert report_on(export).verdict == "valid"
    assert report_on(ledger).verdict == "valid"


@pytest.mark.parametrize("change", [*CHECKPOINTS.values()], ids=[*CHECKPOINTS])
def test_a_hostile_checkpoint_is_refused(
    export: Content, ledger: Content, change: Callable[[Content], Content]
) -> None:
    for content in (export, ledger):
        assert change(content) != content
        assert report_on(change(content)).verdict == "invalid"
        assert report_on(change(content), keys=()).verdict == "invalid"


@pytest.mark.parametrize("change", [*PARTS.values()], ids=[*PARTS])
def test_a_hostile_part_is_refused(export: Content, change: Callable[[Content], Content]) -> None:
    assert change(export) != export
    assert report_on(change(export)).verdict == "invalid"


@pytest.mark.parametrize("change", [*ZIPS.values()], ids=[*ZIPS])
def test_a_hostile_zip_is_refused_and_nothing_in_it_is_read(
    export: Content, change: Callable[[Content], bytes]
) -> None:
    report = verify(Archive(io.BytesIO(change(export))), log_keys=PINNED)
    assert (report.verdict, report.origin, kinds(report)["file"], report.entries) == ("invalid", None, 1, 0)


# --- directories -----------------------------------------------------------------------------------------


def test_ten_declared_gigabytes_are_not_read(export: Content, tmp_path: Path) -> None:
    folder = written(export, tmp_path / "export")
    os.truncate(folder / CHECKPOINT, 10 << 30)
    (folder / "blobs/sha256/ab").mkdir(parents=True)
    (folder / "blobs/sha256/ab" / ("ab" * 32)).touch()
    os.truncate(folder / "blobs/sha256/ab" / ("ab" * 32), 10 << 30)
    before = bytes_read()
    assert verify(Directory(folder), log_keys=PINNED).verdict == "invalid"
    assert 0 < bytes_read() - before < 100 << 20


def test_links_pipes_and_folders_in_place_of_files_are_refused(export: Content, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(export[CHECKPOINT])
    makers: list[Callable[[Path], None]] = [
        lambda path: path.symlink_to(secret),
        lambda path: path.symlink_to("/dev/zero"),
        os.mkfifo,
        Path.mkdir,
    ]
    for number, make in enumerate(makers):
        folder = written(export, tmp_path / str(number))
        (folder / CHECKPOINT).unlink()
        make(folder / CHECKPOINT)
        assert verify(Directory(folder), log_keys=PINNED).verdict == "invalid"


def test_a_folder_that_is_a_link_is_not_followed(export: Content, tmp_path: Path) -> None:
    folder = written(export, tmp_path / "export")
    (folder / "streams").rename(tmp_path / "elsewhere")
    (folder / "streams").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert verify(Directory(folder), log_keys=PINNED).verdict == "invalid"


def test_folders_without_end_are_not_walked(export: Content, tmp_path: Path) -> None:
    folder = written(export, tmp_path / "export")
    deep = folder
    for _ in range(200):
        deep /= "d"
    deep.mkdir(parents=True)
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    assert verify(Directory(folder), log_keys=PINNED).verdict == "invalid"


# --- keys ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", ["log.vkey", "./log.vkey"])
def test_a_key_in_the_export_cannot_be_pinned(
    export: Content, tmp_path: Path, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written(export, tmp_path / "export")
    monkeypatch.chdir(folder)
    for key, trusted in ((named, None), (None, Path()), (str(folder / named), None)):
        err = io.StringIO()
        assert run(str(folder), log_key=key, trusted=trusted, err=err) == USAGE
        assert "inside of what is to be verified" in err.getvalue()


def test_a_folder_of_keys_in_the_export_is_not_the_auditors(
    export: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written(export, tmp_path / "export")
    trusted = folder / "tallystick" / "trusted"
    trusted.mkdir(parents=True)
    (trusted / "mine.vkey").write_text(f"{format_vkey(VKEY)}\n")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", ".")
    out = io.StringIO()
    assert run(".", out=out) == 1
    assert "which you trust" not in out.getvalue()


# --- policies that a thief of the recorder's key pins ----------------------------------------------------

OPENED = IncidentOpened(
    origin="signal",
    why="rule:any-alert",
    title=Prose(sealed=SealedRef(c="c" * 64, kid="d" * 32)),
    services=("checkout",),
    detected_at="2026-11-23T02:00:00.000000Z",
    drill=False,
    visibility="open",
    profile="team",
    policy_sha256="a" * 64,
)
JUDGED = GateEvaluated(
    evaluation_id="g1-1",
    gate="severity_alignment",
    mode="strict",
    authoritative=True,
    scope=GateScope(round=1),
    criteria=(),
    result="PASS",
    policy_sha256="a" * 64,
    engine=ENGINE,
    at_version=1,
)


@pytest.mark.parametrize(
    "policy",
    [
        b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n",
        b"[" * 100_000,
        b"? " * 50_000,
        b"- " * 100_000,
        b"a: !!python/object/apply:os.system ['true']\n",
        b"\xff\xfe",
        b"\x00" * 1_000,
        b"%TAG ! tag:x,2000:\n---\n!x {}\n",
        b"profile: team\n" * 10_000,
        b"x" * 300_000,
    ],
)
def test_a_hostile_policy_ends_in_a_gap(policy: bytes) -> None:
    sha256 = hashlib.sha256(policy).hexdigest()
    log = ForgedLog()
    for fact in (replace(OPENED, policy_sha256=sha256), replace(JUDGED, policy_sha256=sha256)):
        log.add(INCIDENT, encode(fact), kind=type_name(fact))
    record_heads(log)
    content = incident_content(log, ("keys", "heads", INCIDENT))
    report = report_on(with_sums({**content, policy_path(sha256): policy}))
    assert report.verdict == "could not check"
    assert {gap.kind for gap in report.gaps} <= {"artifact", "verdict"}


def test_sums_need_not_fit_for_the_evidence_to_be_refused(export: Content) -> None:
    files = dict(export)
    files["evil"] = b"x"
    files[SUMS] += sums_line(hashlib.sha256(b"x").hexdigest(), "evil").encode()
    assert report_on(files).verdict == "invalid"
