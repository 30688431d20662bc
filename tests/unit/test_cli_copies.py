"""``export``, ``verify`` and ``recover``: a ledger leaves the house, is checked, and comes back."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import pytest

from tallystick.home import Home
from tallystick.serving_lock import serving_lock
from tests.support.commandline import Tally, run
from tests.support.use_cases import make_home

NOTE = ("add-timeline-entry", "text=Traffic moved to region B")


class Ledger(Tally):
    """A home, the exports made of it, and the copies kept of it."""

    @property
    def vkey(self) -> Path:
        return self.home / "log.vkey"

    def export(self, name: str) -> Path:
        out = self.home.parent / name
        self("export", "--ledger", "--out", out).fine()
        return out

    def back_up(self, *names: str) -> Path:
        """Keep a copy of the whole home, or of the files in it that are named."""
        copy = self.home.parent / "backup"
        if not names:
            return Path(shutil.copytree(self.home, copy))
        copy.mkdir()
        for name in names:
            shutil.copy2(self.home / name, copy / name)
        return copy

    def restore(self, copy: Path) -> None:
        """Put what was kept in the place of what is there."""
        for path in copy.iterdir():
            for rest in ("", "-wal", "-shm"):
                (self.home / f"{path.name}{rest}").unlink(missing_ok=True) if path.is_file() else None
            if path.is_dir():
                shutil.rmtree(self.home / path.name, ignore_errors=True)
                shutil.copytree(path, self.home / path.name)
            else:
                shutil.copy2(path, self.home / path.name)

    def read_only(self) -> bool:
        ended = self("act", "new", "open", "title=x", "environment=p")
        assert ended.code in (0, 69)
        return ended.code == 69


@pytest.fixture
def ledger(home: Path) -> Ledger:
    ledger = Ledger(make_home(home))
    ledger.opened()
    return ledger


def test_an_export_is_valid_under_the_key_or_the_file_that_holds_it(ledger: Ledger) -> None:
    out = ledger.export("out")
    by_file = run("verify", out, "--log-key", ledger.vkey).fine()
    by_text = run("verify", out, "--log-key", ledger.vkey.read_text().strip()).fine()
    assert by_file.out == by_text.out
    assert by_file.out.endswith("VALID\n")


@pytest.mark.req("R-AUT-02")
def test_verify_tells_invalid_from_not_established(ledger: Ledger) -> None:
    out = ledger.export("out")
    mine = out.parent / "mine"
    mine.mkdir()
    (mine / "log.vkey").write_bytes(ledger.vkey.read_bytes())
    assert run("verify", out, "--trusted", mine).code == 0, "a folder of the auditor's with the key in it"
    nobody = out.parent / "nobody"
    nobody.mkdir()
    assert run("verify", out, "--trusted", nobody).code == 2
    bundle = next((out / "tile" / "entries").rglob("*.p/*"))
    data = bytearray(bundle.read_bytes())
    data[300] ^= 1
    bundle.write_bytes(data)
    ended = run("verify", out, "--log-key", ledger.vkey, "--json")
    assert ended.code == 1
    assert ended.json["verdict"] == "invalid"


def test_verify_compares_with_a_checkpoint_kept_from_before(ledger: Ledger) -> None:
    older = ledger.export("older")
    ledger("act", "INC-1", *NOTE).fine()
    newer = ledger.export("newer")
    run("verify", newer, "--log-key", ledger.vkey, "--since", older / "checkpoint").fine()
    assert run("verify", older, "--log-key", ledger.vkey, "--since", newer / "checkpoint").code == 1


def test_export_says_what_it_wrote_and_never_writes_over_anything(ledger: Ledger, tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = ledger("export", "--ledger", "--out", out, "--json").fine().json
    assert (said["entries"], said["artifacts"]) == (2, len([*out.glob("artifacts/*/*")]))
    ended = ledger("export", "--ledger", "--out", out)
    assert ended.code == 64
    assert run("verify", out, "--log-key", ledger.vkey).code == 0


def test_export_needs_to_be_told_what(ledger: Ledger, tmp_path: Path) -> None:
    assert ledger("export", "--out", tmp_path / "out").code == 64


def test_export_without_the_log_key_takes_what_is_published_and_says_what_is_not(ledger: Ledger) -> None:
    ledger.export("first")
    (ledger.home / "keys" / "log.key").unlink()
    ledger("act", "INC-1", *NOTE).fine()
    second = ledger.home.parent / "second"
    said = ledger("export", "--ledger", "--out", second).fine()
    assert "entries 2 to 2 are not published" in said.err
    run("verify", second, "--log-key", ledger.vkey).fine()


def test_a_rolled_back_log_is_read_only_until_it_is_recovered(ledger: Ledger) -> None:
    old = ledger.back_up("ledger.db")
    ledger("act", "INC-1", *NOTE).fine()
    copy = ledger.export("copy")
    before = ledger("timeline", "INC-1", "--json").json
    ledger.restore(old)

    refused = ledger("act", "INC-1", *NOTE)
    assert refused.code == 69
    assert "entries 2 to 2 are missing" in refused.err
    assert "recover --from" in refused.err
    assert ledger("timeline", "INC-1", "--json").fine().json["version"] == 1

    said = ledger("recover", "--from", copy).fine().out
    assert "Appended entries 2 to 2, byte for byte" in said
    assert ledger("timeline", "INC-1", "--json").fine().json == before
    assert "everything holds" in ledger("log", "fsck").fine().out
    assert not ledger.read_only()
    run("verify", ledger.export("after"), "--log-key", ledger.vkey, "--since", copy / "checkpoint").fine()


def test_a_list_never_shows_incidents_that_a_rolled_back_log_does_not_have(ledger: Ledger) -> None:
    old = ledger.back_up("ledger.db")
    ledger.opened(title="Second")
    copy = ledger.export("copy")
    ledger.restore(old)
    assert [i["number"] for i in ledger("show", "--json").fine().json] == ["INC-1"]
    ledger("recover", "--from", copy).fine()
    assert [i["title"] for i in ledger("show", "--json").fine().json][1] == "Second"


def test_a_home_rolled_back_as_a_whole_is_noticed_by_the_copy_elsewhere(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALLYSTICK_CHECKPOINT_COPY", str(tmp_path / "elsewhere"))
    old = ledger.back_up()
    ledger("act", "INC-1", *NOTE).fine()
    copy = ledger.export("copy")
    ledger.restore(old)
    assert ledger.read_only()

    ran = ledger("recover", "--from", copy, "--json").fine().json
    assert (ran["before"], ran["after"], ran["lost"]) == (2, 3, 1)
    # The note itself was in the vault alone, and the vault is the old one.
    listed = [json.loads(line) for line in Path(ran["lost_list"]).read_text().splitlines()]
    assert [(item["position"], item["state"]) for item in listed] == [(2, "lost")]
    assert stat.S_IMODE(Path(ran["lost_list"]).stat().st_mode) == 0o600
    assert not ledger.read_only()
    assert "⟦sealed:" in ledger("timeline", "INC-1").fine().out
    assert "sealed: entry 2" in ledger("log", "fsck").out
    run("verify", ledger.export("after"), "--log-key", ledger.vkey).fine()


def test_a_log_that_is_gone_altogether_is_recovered_under_the_key_of_the_home(ledger: Ledger) -> None:
    copy = ledger.export("copy")
    before = ledger("timeline", "INC-1", "--json").json
    for path in ledger.home.glob("ledger.db*"):
        path.unlink()
    assert ledger("show").code == 69
    ledger("recover", "--from", copy).fine()
    assert ledger("timeline", "INC-1", "--json").fine().json == before
    assert "everything holds" in ledger("log", "fsck").fine().out


@pytest.mark.parametrize("origin", ["another.example/log", None], ids=["another name", "the same name"])
def test_another_log_recovers_nothing(origin: str | None, ledger: Ledger, tmp_path: Path) -> None:
    ours = ledger.vkey.read_text().split("+")[0]
    run("init", "--home", tmp_path / "other", "--origin", origin or ours).fine()
    other = Ledger(tmp_path / "other")
    other.opened()
    foreign = other.export("foreign")
    for path in (*ledger.home.glob("ledger.db*"), ledger.home / "last-checkpoint"):
        path.unlink()
    ended = ledger("recover", "--from", foreign)
    assert ended.code == 1
    assert ledger("show").code == 69, "still nothing there"


def test_blobs_that_were_lost_come_back_with_the_entries(ledger: Ledger) -> None:
    copy = ledger.export("copy")
    shutil.rmtree(ledger.home / "blobs")
    assert ledger("log", "fsck").code == 1
    ran = ledger("recover", "--from", copy, "--json").fine().json
    assert (ran["before"], ran["after"], ran["blobs"]) == (2, 2, 1)
    ledger("log", "fsck").fine()


@pytest.mark.req("R-STO-04")
def test_a_blob_that_was_changed_in_the_other_copy_does_not_come_back(ledger: Ledger) -> None:
    copy = ledger.export("copy")
    shutil.rmtree(ledger.home / "blobs")
    for path in (copy / "blobs").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes() + b"x")
    assert ledger("recover", "--from", copy, "--json").fine().json["blobs"] == 0
    assert [path for path in (ledger.home / "blobs").rglob("*") if path.is_file()] == []
    assert ledger("log", "fsck").code == 1


def test_nothing_is_missing_where_nothing_was_lost(ledger: Ledger) -> None:
    assert "Nothing was missing" in ledger("recover", "--from", ledger.export("copy")).fine().out


def test_a_copy_that_is_too_old_is_refused_and_the_promise_stands(ledger: Ledger) -> None:
    old = ledger.back_up("ledger.db")
    short = ledger.export("short")
    ledger("act", "INC-1", *NOTE).fine()
    ledger.restore(old)
    ended = ledger("recover", "--from", short)
    assert ended.code == 1
    assert "promises 3 entries" in ended.err
    assert ledger.read_only()


def test_a_tampered_copy_is_refused(ledger: Ledger) -> None:
    old = ledger.back_up("ledger.db")
    ledger("act", "INC-1", *NOTE).fine()
    copy = ledger.export("copy")
    ledger.restore(old)
    bundle = next((copy / "tile" / "entries").rglob("*.p/*"))
    data = bytearray(bundle.read_bytes())
    data[-40] ^= 1
    bundle.write_bytes(data)
    assert ledger("recover", "--from", copy).code == 1
    assert ledger("log", "fsck", "--json").json["entries"] == 2


def test_recover_does_not_run_beside_a_service(ledger: Ledger) -> None:
    copy = ledger.export("copy")
    with serving_lock(Home(ledger.home)):
        ended = ledger("recover", "--from", copy)
    assert ended.code == 69
    assert "serves it already" in ended.err
    ledger("recover", "--from", copy).fine()
