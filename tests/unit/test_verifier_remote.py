"""A live log behind HTTP: only what was asked for, within limits, and no token on other ways."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ledger.errors import IntegrityError
from ledger.note import format_vkey
from tests.support.exports import VKEY
from tests.support.forging import Content, ForgedLog
from tests.support.processes import free_port
from tests.support.verdicts import PINNED, kinds, state
from verifier import remote, verify
from verifier.command import run
from verifier.errors import NotThere, Unreadable, WrongUse
from verifier.remote import Remote, check_base

TOKEN = "secret-token"


class Server(ThreadingHTTPServer):
    """Serves files of a log under ``/log/``; ``answers`` overrides a path with status and headers."""

    def __init__(self, content: Content) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = content
        self.answers: dict[str, list[tuple[int, dict[str, str]]]] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.token: str | None = None

    @property
    def base(self) -> str:
        """Return the log's URL."""
        return f"http://127.0.0.1:{self.server_address[1]}/log"


class Handler(BaseHTTPRequestHandler):
    """Answers GET."""

    server: Server

    def do_GET(self) -> None:
        """Answer with a file, or as told."""
        path = self.path.removeprefix("/log/")
        self.server.asked.append((path, self.headers.get("Authorization")))
        told = self.server.answers.get(path)
        if told:
            status, headers = told.pop(0)
            return self._answer(status, b"", headers)
        if self.server.token and self.headers.get("Authorization") != f"Bearer {self.server.token}":
            return self._answer(401, b"")
        content = self.server.content.get({"vkey": "log.vkey"}.get(path, path))
        return self._answer(404, b"") if content is None else self._answer(200, content)

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    log = ForgedLog()
    while len(log.entries) < 300:
        log.add("alert-1")
    log.add("incident-1", {"blob": {"c": "c" * 64, "kid": "d" * 32, "sha256": "e" * 64, "size": 3}})
    with Server(log.content()) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _no_proxy_and_no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr("verifier.remote.time.sleep", lambda _: None)


def test_a_live_log_is_verified_as_far_as_it_is_served(server: Server) -> None:
    report = verify(Remote(server.base), log_keys=PINNED)
    assert (report.verdict, report.size) == ("valid", 301)
    assert [state(report, number)[0] for number in (1, 9, 10)] == ["not run"] * 3
    assert any("blobs and artifacts" in line for line in report.does_not_prove)
    assert not any("blob" in line for line in report.proves)
    assert {path for path, _ in server.asked} == {
        *("checkpoint", "tile/0/000", "tile/0/001.p/45", "tile/1/000.p/1"),
        *("tile/entries/000", "tile/entries/001.p/45"),
    }


def test_without_a_pinned_key_the_servers_own_is_used(server: Server) -> None:
    report = verify(Remote(f"{server.base}/"), log_keys=())
    assert report.verdict == "origin not established"
    assert "vkey" in {path for path, _ in server.asked}


def test_a_tampered_live_log_is_invalid(server: Server) -> None:
    bundle = bytearray(server.content["tile/entries/000"])
    bundle[100] ^= 1
    server.content["tile/entries/000"] = bytes(bundle)
    assert "inclusion" in kinds(verify(Remote(server.base), log_keys=PINNED))


def test_the_command_takes_a_url(server: Server) -> None:
    out = io.StringIO()
    assert run(server.base, log_key=format_vkey(VKEY), out=out) == 0
    assert "valid" in out.getvalue().lower()


def test_a_token_is_sent_and_needed(server: Server) -> None:
    server.token = TOKEN
    assert verify(Remote(server.base, TOKEN), log_keys=PINNED).verdict == "valid"
    assert {given for _, given in server.asked} == {f"Bearer {TOKEN}"}
    report = verify(Remote(server.base), log_keys=PINNED)
    assert report.verdict == "could not check"
    assert report.gaps[0].first.reason == "HTTP 401 Unauthorized"


def test_no_redirect_is_followed(server: Server) -> None:
    server.answers["checkpoint"] = [(302, {"Location": f"{server.base}/vkey"})]
    with pytest.raises(Unreadable, match="HTTP 302"):
        Remote(server.base, TOKEN).read("checkpoint", 1000)
    assert [path for path, _ in server.asked] == ["checkpoint"]


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again(server: Server, status: int) -> None:
    server.answers["vkey"] = [(status, {"Retry-After": "7"}), (status, {}), (status, {"Retry-After": "soon"})]
    assert Remote(server.base).read("log.vkey", 1000) == server.content["log.vkey"]
    assert len(server.asked) == 4


def test_a_server_that_stays_busy_is_given_up(server: Server) -> None:
    server.answers["vkey"] = [(429, {})] * remote.ATTEMPTS
    with pytest.raises(Unreadable, match="HTTP 429"):
        Remote(server.base).read("log.vkey", 1000)
    assert len(server.asked) == remote.ATTEMPTS


def test_pauses_are_bounded(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("verifier.remote.time.sleep", pauses.append)
    server.answers["vkey"] = [(503, {"Retry-After": "86400"}), (503, {}), (503, {})]
    Remote(server.base).read("log.vkey", 1000)
    assert pauses == [remote.LONGEST_PAUSE_S, 2.0, 4.0]


def test_no_more_than_the_limit_is_read(server: Server) -> None:
    with pytest.raises(IntegrityError, match="checkpoint: expected at most 10 bytes"):
        Remote(server.base).read("checkpoint", 10)


def test_what_the_server_does_not_have_is_not_there(server: Server) -> None:
    with pytest.raises(NotThere):
        Remote(server.base).read("tile/7/000", 10)
    with pytest.raises(NotThere):
        list(Remote(server.base).chunks("blobs/sha256/ab/x"))
    assert list(Remote(server.base).files()) == []


def test_a_server_that_is_not_there_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="refused"):
        Remote(f"http://127.0.0.1:{free_port()}/log").read("checkpoint", 10)


@pytest.mark.parametrize("base", ["http://ledger.example/log", "http://127.0.0.1.example/log"])
def test_a_token_is_not_sent_in_clear_to_other_machines(base: str) -> None:
    with pytest.raises(WrongUse, match="over https only"):
        check_base(base, TOKEN)
    check_base(base, None)
    check_base(base.replace("http:", "https:"), TOKEN)
