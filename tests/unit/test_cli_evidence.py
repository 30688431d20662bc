"""``tallystick evidence`` on a home and on a service: the same lists, the same files, whole or not at all."""

from __future__ import annotations

import io
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from application.blobs import blob_name
from application.engine import Engine
from application.recording import Decided, Item, Recording, record
from application.steps import run as run_steps
from application.uploads import Upload
from domain.facts import Fact
from domain.prose import prose
from domain.rootcause.facts import EvidenceVerified, RootCauseEvidenceCaptured, RootCauseFindingRecorded
from domain.stored_blob import StoredBlob, blob_prose
from tallystick.desk import NotDone, Unreachable
from tallystick.desk_http import HttpDesk
from tallystick.desk_local import local_desk
from tallystick.files import new_file
from tallystick.service import build_app
from tallystick.settings import Settings, load_settings
from tallystick.wiring import running
from tests.support.commandline import Ran, run
from tests.support.meaning import COMMANDER
from tests.support.serving import served
from tests.support.use_cases import make_home, open_one

LOG = b"02:11 connection refused\n" * 100_000
Ask = Callable[..., Ran]


class Both:
    """One ledger, asked by its home and by its address."""

    def __init__(self, engine: Engine, settings: Settings, url: str) -> None:
        self.engine, self.settings, self.url = engine, settings, url
        self.token = (settings.home / "admin.token").read_text().strip()
        self.stream = open_one(engine)
        self.blob = self.upload()

    def local(self, *words: str | Path) -> Ran:
        return run("evidence", *words, "--home", self.settings.home)

    def remote(self, *words: str | Path) -> Ran:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TALLYSTICK_URL", self.url)
            patch.setenv("TALLYSTICK_TOKEN", self.token)
            return run("evidence", *words)

    def upload(self) -> StoredBlob:
        arriving = Upload(self.engine.spools)
        arriving.write(LOG)
        blob = arriving.keep(self.stream, self.engine.vault, self.engine.blobs)
        arriving.close()
        return blob

    def record(self, *facts: Fact) -> None:
        items = tuple(Item(fact=fact, id=self.engine.new_id()) for fact in facts)
        part = Decided(stream=self.stream, version=None, items=items)
        now = self.engine.clock()
        run_steps(record(self.engine, Recording(parts=(part,), principal=COMMANDER, roles=(), now=now)))

    def stored(self) -> Path:
        return self.settings.home / "blobs" / blob_name(self.blob.sha256)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    settings = load_settings(home=make_home(tmp_path_factory.mktemp("evidence") / "home"))
    with running(settings) as engine, served(build_app(settings, engine)) as url:
        found = Both(engine, settings, url)
        captured = RootCauseEvidenceCaptured(
            evidence_id="ev1",
            kind="log",
            critical=True,
            title=prose("The proxy's log"),
            encrypted=True,
            content=blob_prose(found.blob),
        )
        words = RootCauseEvidenceCaptured(
            evidence_id="ev2",
            kind="other",
            critical=False,
            title=prose("What Ada saw"),
            encrypted=True,
            content=prose("A cable was loose."),
            duplicate_of="ev1",
        )
        found.record(
            captured,
            words,
            EvidenceVerified(evidence_id="ev1", ok=True, found="ok"),
            RootCauseFindingRecorded(
                finding_id="f1",
                category="network",
                statement=prose("The cable was loose."),
                evidence_ids=("ev1", "ev2"),
            ),
        )
        yield found


@pytest.mark.req("R-STEP-42")
def test_the_evidence_is_listed_with_what_was_found(both: Both) -> None:
    said = both.local("list", "INC-1").fine().out
    assert said == both.remote("list", "INC-1").fine().out
    assert f"ev1  log    The proxy's log  ok         critical     {both.blob.sha256}" in said
    assert "ev2  other  What Ada saw     unchecked  repeats ev1  words" in said
    assert "f1  The cable was loose.  (from ev1, ev2)" in said
    found = both.local("list", "INC-1", "--json").fine().json
    assert found == {**both.remote("list", "INC-1", "--json").fine().json, "as_of": found["as_of"]}
    assert [piece["content"] for piece in found["evidence"]] == [None, "A cable was loose."]
    assert (found["evidence"][0]["size"], found["archived"]) == (both.blob.size, False)
    assert both.local("list", "INC-1", "--at-version", "1", "--json").fine().json["evidence"] == []


@pytest.mark.req("R-STEP-42", "R-STO-04")
def test_a_file_is_saved_by_its_id_or_its_sha256_for_its_owner_alone(both: Both, tmp_path: Path) -> None:
    for number, (ask, which) in enumerate(
        (ask, which) for ask in (both.local, both.remote) for which in ("ev1", both.blob.sha256)
    ):
        out = tmp_path / f"{number}.log"
        assert ask("get", "INC-1", which, "--out", out).fine().out == f"{len(LOG)} bytes are in {out}.\n"
        assert out.read_bytes() == LOG
        assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_what_cannot_be_saved_leaves_no_file(both: Both, tmp_path: Path) -> None:
    out = tmp_path / "x.log"
    for ask in (both.local, both.remote):
        for which, words in (
            ("ev2", "it has no file"),
            ("ev9", "expected an id or a SHA-256 that `list` shows"),
            ("0" * 64, "no fact of this incident names it"),
        ):
            ran = ask("get", "INC-1", which, "--out", out)
            assert (ran.code, words in ran.err) == (1, True), ran.err
            assert list(tmp_path.glob("*x.log*")) == list(tmp_path.glob(".new-*")) == []
        taken = tmp_path / "taken"
        taken.write_text("mine")
        assert ask("get", "INC-1", "ev1", "--out", taken).code == 64
        assert taken.read_text() == "mine"


@pytest.mark.req("R-STO-04")
def test_a_file_that_somebody_changed_is_not_saved_and_fsck_finds_it(both: Both, tmp_path: Path) -> None:
    path = both.stored()
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    out = tmp_path / "x.log"
    words = ("get", "INC-1", "ev1", "--out", out)
    local, remote = both.local(*words), both.remote(*words)
    assert (local.code, remote.code) == (1, 69)
    for ran in (local, remote):
        assert f"blob {both.blob.sha256}: expected bytes with that SHA-256" in ran.err
    assert not out.exists()
    fsck = run("log", "fsck", "--json", "--home", both.settings.home)
    assert fsck.code == 1
    assert [item["place"].split(", ")[1] for item in fsck.json["findings"]] == [f"value {both.blob.c}"]
    path.write_bytes(whole)
    run("log", "fsck", "--home", both.settings.home).fine()


@pytest.mark.req("R-STEP-42", "R-CMP-14")
def test_a_file_becomes_evidence_in_one_command(both: Both, tmp_path: Path) -> None:
    run("act", "new", "open", "title=Payments fail", "environment=e", "--home", both.settings.home).fine()
    run("act", "INC-2", "declare", "rationale=Confirmed by hand.", "--home", both.settings.home).fine()
    log = tmp_path / "proxy.log"
    log.write_bytes(LOG)
    said = both.local("add", "INC-2", log, "--kind", "log", "--critical").fine().out
    assert "tallystick.root-cause-evidence-captured.v1" in said
    again = both.remote(
        *("add", "INC-2", log, "--kind", "trace", "--title", "The same again", "--duplicate-of", "ev1"),
        *("--captured-at", "2026-03-01T02:00:00Z", "--json"),
    ).fine()
    assert len(again.json["entries"]) >= 1
    first, second = both.local("list", "INC-2", "--json").fine().json["evidence"]
    assert (first["kind"], first["title"], first["critical"]) == ("log", "proxy.log", True)
    assert (second["kind"], second["title"], second["duplicate_of"]) == ("trace", "The same again", "ev1")
    assert second["at"] == "2026-03-01T02:00:00.000000Z"
    assert first["sha256"] != second["sha256"]
    out = tmp_path / "out.log"
    both.remote("get", "INC-2", "ev2", "--out", out).fine()
    assert out.read_bytes() == LOG


def test_what_is_spelled_wrong_is_refused_before_a_file_is_sent(both: Both, tmp_path: Path) -> None:
    log = tmp_path / "proxy.log"
    before = both.local("add", "INC-1", log, "--kind", "log")
    assert (before.code, "does not exist" in before.err) == (64, True)
    log.write_bytes(LOG)
    for words, expected in (
        (("--kind", "rumour"), "kind: expected one of config, "),
        (("--kind", "log", "--captured-at", "yesterday"), "captured_at: expected"),
        (("--kind", "log", "--title", " "), "title: expected"),
    ):
        for ask in (both.local, both.remote):
            ran = ask("add", "INC-1", log, *words)
            assert (ran.code, expected in ran.err) == (64, True), ran.err


def test_a_desk_takes_files_as_a_service_does(both: Both) -> None:
    far = HttpDesk(both.url, both.token)
    with local_desk(both.settings, read_only=False) as near:
        for desk in (near, far):
            blob = desk.upload("INC-1", io.BytesIO(LOG), len(LOG))
            assert blob.size == len(LOG) + 60
            assert blob.kid == both.blob.kid
            with pytest.raises(NotDone, match="there is none"):
                desk.upload("INC-9", io.BytesIO(LOG), len(LOG))


def test_a_file_that_is_too_large_is_said_to_be(home: Path) -> None:
    settings = load_settings(home=make_home(home), max_upload_bytes=100_000)
    with running(settings) as engine, served(build_app(settings, engine)) as url:
        open_one(engine)
        far = HttpDesk(url, (home / "admin.token").read_text().strip())
        limit = "at most 100000 bytes"
        with local_desk(settings, read_only=False) as near, pytest.raises(NotDone, match=limit):
            near.upload("INC-1", io.BytesIO(LOG), len(LOG))
        # Whether its answer arrives before it hangs up is not ours to say.
        with pytest.raises((NotDone, Unreachable), match=rf"{limit}|larger than the service takes"):
            far.upload("INC-1", io.BytesIO(LOG * 10), 10 * len(LOG))


def test_a_new_file_replaces_nothing_and_is_whole_or_absent(tmp_path: Path) -> None:
    path = tmp_path / "x"

    def fail() -> None:
        with new_file(path) as file:
            file.write(b"half")
            raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        fail()
    assert list(tmp_path.iterdir()) == []
    with new_file(path) as file:
        file.write(b"first")
    with pytest.raises(FileExistsError), new_file(path) as file:
        file.write(b"second")
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]
