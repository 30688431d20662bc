"""``export --incident``: one incident leaves the house, from here or from a service, and can be checked."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tallystick.service import build_app
from tallystick.settings import load_settings
from tallystick.wiring import running
from tests.support.commandline import Tally, run
from tests.support.exports import content
from tests.support.incident_exports import Read
from tests.support.serving import served
from tests.support.use_cases import make_home
from tests.support.zips import zipped

NOTE = ("add-timeline-entry", "text=Traffic moved to region B")


@pytest.fixture
def ledger(home: Path) -> Tally:
    ledger = Tally(make_home(home))
    ledger.opened()
    ledger("act", "INC-1", *NOTE).fine()
    return ledger


@pytest.mark.req("R-SVC-14")
def test_an_incident_is_exported_and_verified(ledger: Tally, tmp_path: Path) -> None:
    vkey = ledger.home / "log.vkey"
    for name in ("out", "out.zip"):
        said = ledger("export", "--incident", "INC-1", "--out", tmp_path / name).fine()
        assert re.search(r"^\d+ entries in 3 streams, \d+ artifacts and 0 blobs are in ", said.out)
        run("verify", tmp_path / name, "--log-key", vkey).fine()
    Read(content(tmp_path / "out"), vkey.read_text().strip())


def test_it_says_as_json_what_it_holds(ledger: Tally, tmp_path: Path) -> None:
    said = ledger(
        "export", "--incident", "inc-1", "--out", tmp_path / "out", "--disclose", "--no-blobs", "--json"
    )
    found = said.fine().json
    files = content(tmp_path / "out")
    assert found["files"] == len(files)
    assert found["entries"] == sum(path.startswith("proofs/") for path in files)
    assert found["disclosures"] == files["disclosures.jsonl"].count(b"\n")
    assert (found["streams"], found["blobs"]) == (3, 0)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--ledger", "--incident", "INC-1"),
        ("--ledger", "--disclose"),
        ("--ledger", "--no-blobs"),
    ],
)
def test_it_has_to_be_told_what_and_no_more(home: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert Tally(home)("export", *words, "--out", tmp_path / "out").code == 64


def test_an_incident_that_is_not_there_or_a_target_that_is_leaves_everything_as_it_was(
    ledger: Tally, tmp_path: Path
) -> None:
    said = ledger("export", "--incident", "INC-9", "--out", tmp_path / "out")
    assert said.code != 0
    assert "INC-9" in said.err
    (tmp_path / "mine.zip").write_text("mine")
    before = ledger("log", "fsck").fine().out
    assert ledger("export", "--incident", "INC-1", "--out", tmp_path / "mine.zip").code == 64
    assert (tmp_path / "mine.zip").read_text() == "mine"
    assert not (tmp_path / "out").exists()
    assert ledger("log", "fsck").fine().out == before, "nothing was recorded for nothing"


# --- beside and from a service ----------------------------------------------------------------------------


@pytest.fixture
def url(ledger: Tally, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    settings = load_settings(home=ledger.home)
    with running(settings) as engine, served(build_app(settings, engine)) as address:
        monkeypatch.setenv("TALLYSTICK_URL", address)
        monkeypatch.setenv("TALLYSTICK_TOKEN", (ledger.home / "admin.token").read_text().strip())
        yield address


@pytest.mark.req("R-AUT-01")
def test_a_service_gives_the_same_export_in_the_same_words(ledger: Tally, url: str, tmp_path: Path) -> None:
    here = ledger("export", "--incident", "INC-1", "--out", tmp_path / "here.zip").fine()
    there = run("export", "--incident", "INC-1", "--out", tmp_path / "there.zip").fine()
    run("export", "--incident", "INC-1", "--out", tmp_path / "folder").fine()

    assert there.out == here.out.replace("here.zip", "there.zip")
    assert (tmp_path / "there.zip").read_bytes() == (tmp_path / "here.zip").read_bytes()
    run("verify", tmp_path / "folder", "--log-key", ledger.home / "log.vkey").fine()
    assert zipped(content(tmp_path / "folder")) == (tmp_path / "here.zip").read_bytes()


def test_a_problem_of_the_service_is_told_and_nothing_is_left(url: str, tmp_path: Path) -> None:
    said = run("export", "--incident", "INC-9", "--out", tmp_path / "out.zip")
    assert said.code != 0
    assert "there is none, or not for you" in said.err
    assert not [path for path in tmp_path.iterdir() if "out.zip" in path.name]


class Forger(http.server.BaseHTTPRequestHandler):
    """A service that sends a ZIP whose sums are not those of its files."""

    def do_GET(self) -> None:  # http.server's own
        body = zipped({"SHA256SUMS": b"none\n", "checkpoint": b"c"})
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def test_what_a_service_sends_is_read_strictly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Forger) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        monkeypatch.setenv("TALLYSTICK_URL", f"http://127.0.0.1:{server.server_port}")
        said = run("export", "--incident", "INC-1", "--out", tmp_path / "out")
        thread.join()
    assert said.code != 0
    assert "SHA256SUMS: expected the sums of its files, found others" in said.err
    assert not (tmp_path / "out").exists()
